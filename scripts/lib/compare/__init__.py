"""Two sets of results, curve by curve and problem by problem."""
