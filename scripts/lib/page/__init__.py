"""One page per study: its figures live, its verdicts, its samples, and where all that is from."""
