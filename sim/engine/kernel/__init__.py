"""The kernel: one step of one history in plain Python, compiled by numba.

Begin with `step`, which reads as the list of docs/science.md S2.3; `records` names all that it reads and changes.
"""
