"""What the reported incidents say of the parameters: fits, their checks, and fits that follow the days.

Imports scenario and what lies below. Begin with `fit`, which runs one; `likelihood` sums what each piece of the
evidence says, `sampler` draws from the posterior, `posterior_predictive` checks it, `nowcast` repeats it.
"""
