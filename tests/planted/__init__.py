"""Bugs on purpose: each is planted by itself into a copy of the tree, and the suite has to see it.

`python -m tests.planted [NAME…]` does so and prints a table. What survives is a hole in the suite.
"""
