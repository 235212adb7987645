"""Tournaments: every policy against every policy, on a theatre of two parties or in the repeated dilemma.

`roster` lets many pairs of policies share one ensemble, `contest` plays them on a theatre, `dilemma` in the iterated
prisoner's dilemma; `ranking` orders them with intervals, `evolution` lets shares of a population follow success.
"""
