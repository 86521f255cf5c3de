"""Where candidate training questions come from, and what is found out about each."""
