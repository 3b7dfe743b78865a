"""Yields of anybody's table, learned and judged on years the models have not seen."""
