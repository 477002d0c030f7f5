"""The layers that shut a child in, each in a file of its own, Linux only.

`confine` puts them on in order; nothing here knows of candidates, frames or scores.
"""
