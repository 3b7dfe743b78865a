"""Accounts, sessions, keys of programs, and the log of who wrote what."""
