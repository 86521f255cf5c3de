"""The steps of the curation; imported when the Snakefile is read, so free of heavy imports."""

STEPS = {
    "decontaminate": "decontaminated",
    "complete": "complete",
    "quality": "quality",
    "difficulty": "difficulty",
}
"""Steps that drop questions, in their order, and the table that holds what each kept."""
