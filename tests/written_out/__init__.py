"""The engine written out: one history in plain Python, at the same luck, one act and one party at a time."""
