"""The city's own equipment beside the farms: what there is, where, and what it measures.

`assets` registers it and keeps its values, `places` knows the communes' outlines, `sums` adds its
values up by commune from the rollups.
"""
