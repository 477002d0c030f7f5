"""What rendered workflows are made of: functions that are copied into them as they stand.

Solvers take the question and give the answer, or "" where the question is not theirs. Each
file needs the standard library alone.
"""
