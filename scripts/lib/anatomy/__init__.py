"""The anatomy of a method: what it did with one problem, segment by segment."""
