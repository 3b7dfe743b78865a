"""Field trials: the design drawn, the analysis that fits it, and what may be concluded."""
