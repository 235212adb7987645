"""A results folder as it lies on disk: its manifest, points, blocks, stamps, and tables that were counted before."""
