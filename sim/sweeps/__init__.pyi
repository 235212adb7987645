from .sweep import run as run
