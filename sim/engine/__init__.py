"""The model: `Conflict`, an ensemble of histories, and what one of its steps is made of.

Imports policies, evidence and core. Begin with `kernel`, whose step.py reads as the list of what happens in a step;
then `model` (an ensemble as a Mesa model), `branching` (how many reactions) and `outcomes` (what a history counts as).
"""
