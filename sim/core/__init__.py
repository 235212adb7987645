"""What every other room stands on: errors, declared parameters, arrays, addressed random streams, distributions.

Imports nothing of the package. Begin with `parameters` (a parameter is declared once) and `random_streams` (a draw has
an address).
"""
