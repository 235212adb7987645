"""The model: `Conflict`, an ensemble of histories, and what one of its steps is made of.

Imports policies, evidence and core. Begin with `model`, whose `Conflict.step` reads as the list of what happens in a
step; then `branching` (reactions), `campaign` (phases of the front) and `outcomes` (what a history counts as).
"""
