"""Whole archives at once: rollups computed again and the city's figures, on one machine or many."""
