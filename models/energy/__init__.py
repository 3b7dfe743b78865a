"""A district's sun and what it drives: production, pumps in the surplus, what advice pays back.

`pv` makes power of radiation, `days` the radiation of tomorrow and its interval, `scheduling` puts
pumps and fans into the surplus, `payback` reckons what advised watering spares.
"""
