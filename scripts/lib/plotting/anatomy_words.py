"""What anatomies say in words: the problem, the method in a sentence or two, and the votes."""

from typing import Any

import polars as pl

EXPLAINED = {
    "sample": "One sample: the model reads the prompt, thinks, and answers.",
    "vote": (
        "Samples of one prompt, drawn independently. The answer that most of them give is taken."
    ),
    "rejection": (
        "Samples are drawn one after another until the thinking of one fits the budget. The others "
        "are thrown away."
    ),
    "best_of_n": (
        "Samples are drawn independently. The verifier reads and scores each step, and by these "
        "scores one is taken."
    ),
    "forcing": (
        "One thinking at several settings. At a budget it is cut and the answer opened by force; "
        "with a wait its end is taken away, and the model goes on. Each line counts as a run of "
        "its own."
    ),
    "revision": (
        "The model is shown the problem with its last answer and thinks again. The last answer is "
        "taken."
    ),
    "beam": (
        "In each pass every place writes one step, and the verifier scores it. The best go on, "
        "each in several places; the others are dropped."
    ),
    "lookahead": (
        "As beam search, but a step is compared by the score of what is written ahead of it, "
        "which is then thrown away."
    ),
    "dvts": (
        "Separate trees that never mix. In each, the step with the best score goes on in all "
        "places of the tree."
    ),
    "rebase": (
        "In each pass the places are shared out among the steps by their scores: the better a "
        "score, the more places go on from it."
    ),
}
MOST_NAMED = 5


def told_in_words(segments: pl.DataFrame) -> list[str]:
    """The problem, the method, and how many ended with which answer."""
    prompt = segments.row(0, named=True)
    problem = f"Problem {prompt['problem_id']}"
    if prompt["text"] is not None:
        problem += f": {prompt['text']}"
    if prompt["answer"] is not None:
        problem += f" (right answer: {prompt['answer']})"
    method = str(segments["method"][0])
    ended = segments.filter(pl.col("part") != "prompt", pl.col("correct").is_not_null())
    if method == "vote" and ended.height == 1:
        method = "sample"
    return [problem, EXPLAINED[method], *_votes(ended)]


def _votes(ended: pl.DataFrame) -> list[str]:
    """How the votes fell, the answer with most weight first; nothing where nobody voted."""
    voted = ended.filter(pl.col("weight").is_not_null())
    if voted.height < 2:
        return []
    by_score = (voted["weight"] != 1).any()
    sums = voted.group_by("answer_class", maintain_order=True).agg(
        pl.len().alias("n"), pl.col("answer").first(), pl.col("weight").sum()
    )
    sums = sums.sort("weight", descending=True, maintain_order=True)
    told = [
        f"{row['answer']} \N{MULTIPLICATION SIGN}{row['n']}"
        + (f" (scores sum to {row['weight']:.2f})" if by_score else "")
        for row in sums.head(MOST_NAMED).iter_rows(named=True)
    ]
    more = [f"{sums.height - MOST_NAMED} others"] if sums.height > MOST_NAMED else []
    silent = [f"{ended.height - voted.height} without an answer"] * (ended.height > voted.height)
    kind = "Votes, weighted by score" if by_score else "Votes"
    return [f"{kind}: {'; '.join([*told, *more, *silent])}."]


def outcome(row: dict[str, Any]) -> str:
    """The answer of a segment that came to an end, and whether it is right and taken."""
    answer = "no answer" if row["answer"] is None else str(row["answer"])
    verdict = "\N{CHECK MARK} right" if row["correct"] else "\N{BALLOT X} wrong"
    taken = "  \N{LEFTWARDS ARROW} taken" if row["chosen"] else ""
    return f"{answer[:14]} {verdict}{taken}"
