"""Where waits and steps stand in a trace."""

import pytest

from scripts.lib.page.pieces import forced_pieces, step_pieces

WORDS = ["think ", "2 ", "Wait", " 3 ", "Wait", " 4", "<answer>", " Final:", " 5", ""]
"""Tokens; the last ends the text and is not written in it. The first Wait is the model's own."""
TEXT = "".join(WORDS)
IDS = list(range(len(WORDS)))
ENDING = ("<answer>", " Final:")


def decode(ids: list[int]) -> str:
    return "".join(WORDS[one] for one in ids)


def joined(pieces) -> str:
    return "".join(one if isinstance(one, str) else one[1] for one in pieces if not is_step(one))


def is_step(one) -> bool:
    return isinstance(one, list) and isinstance(one[0], int)


def test_with_its_tokens_a_wait_is_told_from_one_that_the_model_wrote():
    pieces = forced_pieces(TEXT, [4], IDS, "Wait", ENDING, decode)
    assert pieces == [
        "think 2 Wait 3 ",
        ["wait", "Wait"],
        " 4",
        ["forced", "<answer> Final:"],
        " 5",
    ]


def test_without_them_the_nearest_is_marked_as_uncertain():
    pieces = forced_pieces(TEXT, [4], IDS, "Wait", ENDING, None)
    assert ["about", "Wait"] in pieces
    assert pieces.index(["about", "Wait"]) == 1
    assert pieces[0] == "think 2 Wait 3 "


def test_as_many_waits_as_the_text_has_are_certain():
    pieces = forced_pieces(TEXT, [2, 4], None, "Wait", ENDING, None)
    assert [one for one in pieces if one[0] == "wait"] == [["wait", "Wait"]] * 2


def test_thinking_that_ended_by_itself_has_the_end_alone_appended():
    text = "think 2<answer> 5"
    pieces = forced_pieces(text, [], None, "Wait", ENDING, None)
    assert pieces == ["think 2", ["forced", "<answer>"], " 5"]


@pytest.mark.parametrize("text", ["", "no marks", "Wait", "<answer>"])
@pytest.mark.parametrize("waits", [[], [0], [1, 5]])
def test_pieces_are_the_text(text, waits):
    assert joined(forced_pieces(text, waits, None, "Wait", ENDING, None)) == text


def test_a_tokenizer_that_writes_something_else_is_not_believed():
    pieces = forced_pieces(TEXT, [4], IDS, "Wait", ENDING, lambda ids: "x" * len(ids))
    assert ["wait", "Wait"] not in pieces
    assert joined(pieces) == TEXT


def test_steps_end_with_the_tokens_that_hold_the_separator():
    words = ["a", ".\n", "b", "\n", "c", "</s>"]

    def tokens(ids):
        return "".join(words[one] for one in ids)

    scores = {0: [0.25], 1: [0.5], 2: [None]}
    pieces = step_pieces("a.\nb\nc", [0, 1, 2, 3, 4, 5], "\n", (1, 3), tokens, scores)
    assert pieces == [[0, [0.25]], "a.\n", [1, [0.5]], "b\n", [2, [None]], "c"]


def test_steps_without_scores_stay_in_the_one_before():
    pieces = step_pieces("a\nb\nc", None, "\n", (), None, {0: [0.1], 2: [0.9]})
    assert pieces == [[0, [0.1]], "a\n", "b\n", [2, [0.9]], "c"]


def test_scores_that_fit_no_step_leave_the_text_whole():
    assert step_pieces("a\nb", None, "\n", (), None, {5: [0.1]}) == ["a\nb"]
