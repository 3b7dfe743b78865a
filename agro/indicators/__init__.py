"""Indicators of a city's farms: from records to figures that can be followed back.

`reading.read_book` or `gathering.gather` give a `Book`; `figures.computed` its figures in a scope.
"""
