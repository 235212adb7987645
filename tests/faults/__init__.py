"""Small faults put into a copy of the package, one at a time, to see whether the tests notice.

Tools for mutation of Python know operators and constants. This one also knows axes, indices, units, roles of parties
and addressed draws, where a simulation goes wrong, and gives each fault the tests that reach its line.
"""
