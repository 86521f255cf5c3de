"""Verifiers: models that score the steps of a solution."""
