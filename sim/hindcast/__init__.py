"""Forecasts judged by what came: the one place that reads what came after an origin, and it scores with it alone.

What is scored is a file of draws, whoever made it; begin with `forecast_file` and `scores`. `skill` puts forecasters
beside each other, `benchmarks` are what any must beat, `hub_formats` hands draws to hubs and takes them.
"""
