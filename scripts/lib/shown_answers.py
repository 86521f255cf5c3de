"""What of models' answers may be shown."""

from scripts.lib.problems import shown


def shown_answer(answer: str | None, answer_kind: str, publish: str) -> str | None:
    """An answer as it may be shared or shown.

    One may hold the problem that it was given to, so that it is hashed with it; the letter of a
    choice says nothing.
    """
    return answer if answer is None or answer_kind == "choice" else shown(answer, publish)
