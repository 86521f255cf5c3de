"""Budget forcing (s1, section 3.1): one trace of thinking, cut and answered at every setting."""
