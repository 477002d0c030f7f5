"""A campaign from its beginning to its end, and again: resumed, replayed, or its claims
checked once more.
"""
