"""What other programs ask us over HTTP."""
