from .reading.store import Results as Results
