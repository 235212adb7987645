"""Odds of rare outcomes by splitting: histories that come near are cloned, those that stay away are given up.

Begin with `splitting`, the algorithm; `level_function` says how near a history is, and `estimate` makes odds with an
interval of independent repetitions.
"""
