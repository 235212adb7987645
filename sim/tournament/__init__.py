"""Tournaments: every policy against every policy, on a theatre of two parties or in the repeated dilemma.

Imports scenario and what lies below. Begin with `theatre_game`, which plays on a theatre, many pairs of policies
sharing one ensemble (`policy_by_replicate`), or `prisoners_dilemma`; `ranking` orders policies with intervals,
`match_tables` makes tables of all and lets shares of a population follow success.
"""
