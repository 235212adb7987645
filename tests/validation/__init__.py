"""Validation tables of the science brief, section 5: each module makes one table in ``results/validation/``.

Run them from the root of the project with the tests on the path, for instance
``PYTHONPATH=.:tests python -m validation.campaign``; ``python -m validation.page`` then writes the page over the
tables.
"""
