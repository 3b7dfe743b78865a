"""Alerts: who is told of what, what happened, and how each message went."""
