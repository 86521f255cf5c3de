"""Grading: find the answer in a text, judge it against the gold answer, group equal answers."""
