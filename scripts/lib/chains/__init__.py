"""Chains of single-digit arithmetic modulo 10: problems, training traces and their tokenizer."""
