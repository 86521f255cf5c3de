"""The answers of a teacher, who was not asked for any particular format."""

from scripts.lib.grading.extract import extract_answer


def attempted_answer(attempt: str, answer_kind: str) -> str | None:
    """The answer in what a teacher wrote after its thinking; None where it gives none.

    A box or an announcement counts first, as in a sample. Without one, a single line is itself
    the answer; of a longer text an integer is the last number, and nothing else is guessed.
    """
    whole = answer_kind == "integer"
    found = extract_answer(attempt, answer_kind, last_number=whole)
    if found is None and answer_kind == "math" and "\n" not in attempt.strip():
        return attempt.strip() or None
    return found
