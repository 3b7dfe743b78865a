"""The city's side: what its own systems tell, by commune, and what its citizens report."""
