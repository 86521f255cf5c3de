import sys
import unicodedata
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.curation import runs
from scripts.lib.curation.decontaminate import DUPLICATE, EARLIER, TEST, decontaminate
from scripts.lib.curation.dropping import CurationError
from scripts.lib.curation.runs import repeats, words_of
from scripts.lib.questions.tables import Dropped, Question
from scripts.lib.tableio import check_table
from tests.question_rows import problems_of, question_id, source_of

ALPHABET = [f"w{i}" for i in range(12)]


def plain_runs(text: str, length: int) -> set[tuple[str, ...]]:
    words = text.lower().split()
    if len(words) < length:
        return {tuple(words)} - {()}
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


def plain_decontaminate(
    sources: list[list[str]], tests: list[str], length: int
) -> list[tuple[str, bool]]:
    """Each question and whether it stays, by sets of tuples of words."""
    seen = {run for text in tests for run in plain_runs(text, length)}
    short = [(one, len(one)) for text in tests if (one := tuple(text.lower().split()))]
    short = [(one, size) for one, size in short if 5 <= size < length]
    kept: set[str] = set()
    stays = []
    for source in sources:
        of_source = set()
        for text in source:
            runs = plain_runs(text, length)
            held = any(one in plain_runs(text, size) for one, size in short)
            stay = not runs & seen and text not in kept and not held
            stays.append((text, stay))
            if stay:
                kept.add(text)
                of_source |= runs
        seen |= of_source
    return stays


spaces = st.sampled_from([" ", "  ", "\n", "\t", "\x1c", "\u00a0", "\u2003"])
words = st.sampled_from(["a", "b", "A", "\u00c4", "\u00e4", "\u03a3", "\u03c3"])
texts = st.lists(st.tuples(words, spaces), max_size=9).map(
    lambda parts: "".join(word + space for word, space in parts)
)


@given(
    sources=st.lists(st.lists(texts, max_size=6), min_size=1, max_size=4),
    tests=st.lists(texts, max_size=3),
    length=st.integers(2, 8),
)
def test_the_same_questions_stay_as_with_sets_of_tuples(sources, tests, length):
    frames = [source_of(*source, name=f"s{i}") for i, source in enumerate(sources)]
    kept, dropped = decontaminate(frames, problems_of(*tests), length)
    expected = plain_decontaminate(sources, tests, length)
    assert kept["question"].to_list() == [text for text, stays in expected if stays]
    assert dropped["question"].to_list() == [text for text, stays in expected if not stays]


@given(all_texts=st.lists(texts, max_size=8), length=st.integers(2, 5))
def test_repeated_runs_have_the_same_number_exactly_if_they_are_equal(all_texts, length):
    places = []
    for index, text in enumerate(all_texts):
        split = text.lower().split()
        count = max(len(split) - length + 1, min(len(split), 1))
        places += [(tuple(split[i : i + length]), index, i) for i in range(count)]
    often = Counter(run for run, _, _ in places)
    expected = [place for place in places if often[place[0]] > 1]
    found = repeats(words_of(pl.Series(all_texts, dtype=pl.String)), length)
    where = list(zip(found.text.tolist(), found.word.tolist(), strict=True))
    assert where == [(index, word) for _, index, word in expected]
    pairs = {(run, n) for (run, _, _), n in zip(expected, found.number.tolist(), strict=True)}
    assert len(pairs) == len({run for run, _ in pairs}) == found.distinct
    assert {number for _, number in pairs} == set(range(found.distinct))


def test_runs_with_the_same_hash_are_told_apart(monkeypatch):
    seeds = []

    def poor_at_first(words, length, seed):
        seeds.append(seed)
        hashes = honest(words, length, seed)
        return hashes % np.uint64(1 if seed == 0 else 2**64 - 1)

    honest = runs._hashes
    monkeypatch.setattr(runs, "_hashes", poor_at_first)
    found = repeats(words_of(pl.Series(["left right", "right left", "left right"])), 2)
    assert found.text.tolist() == [0, 2]
    assert seeds == [0, 1]


def test_words_are_those_of_python():
    known = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    known = [char for char in known if unicodedata.category(char) != "Cn"]
    texts = [f"a{char}b" for char in known]
    assert words_of(pl.Series(texts)).to_list() == [text.lower().split() for text in texts]


def test_each_reason_tells_what_the_question_collides_with():
    shared, other = " ".join(ALPHABET[:8]), " ".join(ALPHABET[4:12])
    first = source_of(f"{other} x", f"{other} x", "short", name="first")
    second = source_of(f"A {shared.upper()} b", f"y {other}", f"{other} x", "Short", "z", name="b")
    kept, dropped = decontaminate([first, second], problems_of("none", f"so {shared}"), 8)
    assert kept["question"].to_list() == [f"{other} x", "short", "z"]
    found = dropped.select("source", "question", "reason", "detail").rows()
    of_first = f"first/{question_id(f'{other} x')}"
    assert found == [
        ("first", f"{other} x", DUPLICATE, of_first),
        ("b", f"A {shared.upper()} b", TEST, f"aime/1: {shared}"),
        ("b", f"y {other}", EARLIER, f"{of_first}: {other}"),
        ("b", f"{other} x", DUPLICATE, of_first),
        ("b", "Short", EARLIER, f"first/{question_id('short')}: short"),
    ]
    check_table(Question, kept, "kept")
    check_table(Dropped, dropped, "dropped")
    assert set(dropped["step"]) == {"decontaminate"}


def test_a_short_test_is_found_where_it_stands_whole():
    test = "find X and then y"
    source = source_of(
        f"Now: {test} for me", test, "find x and", "find x, and then y", "so it is 7"
    )
    kept, dropped = decontaminate([source], problems_of("it is", test.upper()), 8)
    assert kept["question"].to_list() == ["find x and", "find x, and then y", "so it is 7"]
    assert dropped.select("question", "reason", "detail").rows() == [
        (text, TEST, "aime/1: find x and then y") for text in (f"Now: {test} for me", test)
    ]


def test_what_holds_a_short_test_that_may_not_be_published_is_not_shown():
    tests = problems_of("find x and then y", benchmark="gpqa", publish="hash")
    dropped = decontaminate([source_of("please find x and then y", "y")], tests, 8).dropped
    assert dropped["question"].to_list() == [unnamed("please find x and then y")]
    assert dropped["detail"].to_list() == ["gpqa/0"]


def test_the_order_of_the_sources_decides_which_copy_stays():
    text = " ".join(ALPHABET)
    one, two = source_of(f"{text} a", name="one"), source_of(f"{text} b", name="two")
    assert decontaminate([one, two], problems_of(), 8).kept["source"].to_list() == ["one"]
    assert decontaminate([two, one], problems_of(), 8).kept["source"].to_list() == ["two"]


def test_what_was_dropped_drops_nothing():
    chain = [f"w{i}" for i in range(17)]
    texts = [" ".join(chain[i : i + 9]) for i in (0, 4, 8)]
    sources = [source_of(text, name=f"s{i}") for i, text in enumerate(texts)]
    test = problems_of(" ".join(chain[:5]))
    assert decontaminate(sources, test, 5).kept["source"].to_list() == ["s1"]
    assert decontaminate(sources, problems_of(), 5).kept["source"].to_list() == ["s0", "s2"]


def test_questions_of_one_source_may_share_words():
    text = " ".join(ALPHABET)
    alike = source_of(f"{text} a", f"{text} b")
    assert len(decontaminate([alike], problems_of(), 8).kept) == 2


def test_texts_that_may_not_be_published_are_not_shown():
    shared, other = " ".join(ALPHABET[:8]), " ".join(ALPHABET[4:12])
    tests = pl.concat([problems_of(other), problems_of(shared, benchmark="gpqa", publish="hash")])
    # The second question meets the public test first, and then the one of gpqa.
    source = source_of(f"{shared} x", f"{other} y {shared}", f"{other} z")
    dropped = decontaminate([source], tests, 8).dropped
    assert dropped["question"].to_list() == [*map(unnamed, source["question"][:2]), f"{other} z"]
    assert dropped["detail"].to_list() == ["gpqa/0", "aime/0", f"aime/0: {other}"]
    assert dropped["question_id"].to_list() == source["question_id"].to_list()


def unnamed(text: str) -> str:
    return f"(may not be published; sha256:{question_id(text)})"


def test_neither_is_what_shares_words_with_a_question_that_may_not_be_published():
    secret, other = " ".join(ALPHABET[:8]), " ".join(ALPHABET[4:12])
    texts = [f"{other} and {secret}", f"A {secret}", f"say {secret}", f"A {secret}", "so"]
    first = source_of(texts[0], name="first")
    hashed = source_of(texts[1], "mine", name="gpqa", publish="hash")
    later = source_of(*texts[2:], name="later")
    kept, dropped = decontaminate([hashed, first, later], problems_of("none"), 8)
    assert kept.select("question", "publish").rows() == [
        (texts[1], "hash"), ("mine", "hash"), ("so", "text")
    ]  # fmt: skip
    assert dropped.select("question", "reason", "detail").rows() == [
        (unnamed(text), reason, f"gpqa/{question_id(texts[1])}")
        for text, reason in [(texts[0], EARLIER), (texts[2], EARLIER), (texts[3], DUPLICATE)]
    ]
    kept, dropped = decontaminate([first, hashed], problems_of("none"), 8)
    assert kept.select("question", "publish").rows() == [(texts[0], "hash"), ("mine", "hash")]
    assert dropped.select("question", "detail").rows() == [
        (unnamed(texts[1]), f"first/{question_id(texts[0])}")
    ]


def test_a_test_without_a_text_is_refused():
    with pytest.raises(CurationError, match=r"aime: problem 1 has no text.*questions\.against"):
        decontaminate([source_of("x")], problems_of("y", None), 8)


def test_nothing_to_compare():
    kept, dropped = decontaminate([source_of(), source_of("x", "")], problems_of(), 8)
    assert kept["question"].to_list() == ["x", ""]
    assert dropped.is_empty()
    assert len(decontaminate([source_of()], problems_of(), 8).kept) == 0
