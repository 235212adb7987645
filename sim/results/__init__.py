"""Results that people read: open a folder, read odds with their intervals, render them, compare two of them."""
