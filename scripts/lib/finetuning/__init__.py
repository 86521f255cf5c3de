"""Supervised fine-tuning: from questions with traces to a model folder."""
