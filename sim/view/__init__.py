"""The live page: a web server for this machine alone, which shows results and steps an ensemble as one watches.

What may be asked, and by whom, is `loopback_guard`; a run and its thread are `live_run`, what is told of its histories
is there too; `live_app` puts the pages together and serves them. Begin with `live_app`.
"""
