"""What the reported incidents say of the parameters: fits, their checks, and fits that follow the days.

Imports scenario, what lies below, and of the sweeps how a folder is written whole and how numbers of the command are
checked (`check_numbers`). Begin with `theatre_fit`, the whole of ``sim fit``: `fit` runs one, `likelihood` sums what
each piece of the evidence says, `sampler` draws from the posterior, `posterior_predictive` checks it; `nowcast` repeats
a fit as of several days.
"""
