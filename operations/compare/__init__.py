"""Stacks side by side, computed from their Plans: who runs what, what is private, what it connects to, limits, cost."""
