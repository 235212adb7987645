from .sweep import run_blocks as run_blocks
