"""What people look at: tables as sheets of texts, plots, the page, and export to other formats.

Imports results and what lies below. Begin with `sheet`, the form of every printed table; ``*_sheets`` fill it,
``*_pictures`` and ``*_plots`` draw, and `html_page` puts all on one page.
"""
