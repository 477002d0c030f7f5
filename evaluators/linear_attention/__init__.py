"""Linear attention: what a mixer must be, and how well it does on small proxy tasks.

Nothing is imported here: the children that import the harness from this package shall not
hold the generators of the data that they are judged by.
"""
