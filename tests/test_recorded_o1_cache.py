import json
import logging

import pytest

from scripts.lib.recorded.faults import RecordingError
from scripts.lib.recorded.index import read_recording
from tests.recorded_files import pool, problem_table

PROMPT = """Solve this problem in about {token_limit} tokens_or_so.
Here it is:

{problem}

Use about {token_limit} tokens, and end with an integer.
"""
AWKWARD = {
    "60": "Let $a_1, a_2$ be \\{1, 2\\}.\nFind a_2048",
    "61": "What is {problem} in _16_32",
    "62": "x_1",
    "63": "Find x_1",
    "64": "A figure: [asy]draw((0,0)--(1_1,1));[/asy] How long is it?  ",
    "65": "o1-mini_ is asked: 7_",
}
KNOWN = problem_table(AWKWARD)


def response_key(text, limit, index=0, model="o1-mini", prompt=PROMPT):
    tail = f"_{index}" if index else ""
    return f"{model}_{prompt}_{text}_{limit}{tail}"


def make_cache(problems, limits, samples, extract=lambda number: number):
    """A cache as the original script writes it; every content is different."""
    cache = {}
    for text in problems.values():
        for limit in limits:
            for index in range(samples):
                number = len(cache)
                content = f"Thinking_{limit}\n... {{answer}}: {number}"
                cache[response_key(text, limit, index)] = {"content": content, "tokens": number}
                cache[f"extract_answer_{content}"] = extract(number)
    return cache


def read(path, cache, known=KNOWN, **settings):
    path.write_text(cache if isinstance(cache, str) else json.dumps(cache), encoding="utf-8")
    settings = {"problems_from": "aime", **settings}
    return read_recording(path, "asked", pool("o1_cache", **settings), known)


def test_awkward_keys_come_apart(tmp_path):
    traces, problems = read(tmp_path / "c.json", make_cache(AWKWARD, [16, 2048], 3))
    assert problems.select("problem_id", "problem", "answer", "level").rows() == [
        (name, text, str(position), "easy") for position, (name, text) in enumerate(AWKWARD.items())
    ]
    wanted = ["problem_id", "asked", "sample", "generated_tokens", "answer", "text"]
    assert traces.select(wanted).rows() == [
        (name, limit, index, number, str(number), f"Thinking_{limit}\n... {{answer}}: {number}")
        for first, name in zip(range(0, 72, 12), AWKWARD, strict=True)
        for limit, offset in ((16, 0), (2048, 6))
        for index in range(3)
        for number in [first + offset + 2 * index]
    ]
    assert traces["wording"].unique().to_list() == ["recorded"]
    assert traces["end"].unique().to_list() == ["stop"]


def test_the_texts_of_the_benchmark_may_lack_figures_and_spaces(tmp_path):
    known = problem_table({"64": "A figure:  How long\nis it?"})
    traces, problems = read(tmp_path / "c.json", make_cache({"64": AWKWARD["64"]}, [8], 2), known)
    assert traces.height == 2
    assert problems["problem"].to_list() == ["A figure:  How long\nis it?"]


@pytest.mark.mirror
def test_a_cache_on_the_real_problems(tmp_path, mirror):
    rows = map(json.loads, mirror("problems/aime24_nofigures.jsonl").read_text().splitlines())
    texts = {str(row["id"]): row["problem"] for row in rows}
    cache = make_cache(texts, [2**i for i in range(12)], 2)
    traces, problems = read(tmp_path / "c.json", cache, problem_table(texts))
    assert traces.height == 30 * 12 * 2
    assert problems["problem_id"].to_list() == list(texts)


def test_extracted_answers(tmp_path):
    key = response_key(AWKWARD["60"], 16)
    contents = ["first", "second", "third", "fourth", "fifth"]
    cache = {
        f"{key}_{index}" if index else key: {"content": content, "tokens": 1}
        for index, content in enumerate(contents)
    } | {
        "extract_answer_first": 7,
        "extract_answer_second": None,
        f"{key}_2_answer": " 25 ",
        f"answer_{key}_3": "3",
    }
    known = problem_table({"60": AWKWARD["60"]})
    traces, _ = read(tmp_path / "c.json", cache, known)
    # Nothing was extracted from the fifth: it is graded from its text.
    assert traces["answer"].to_list() == ["7", "", " 25 ", "3", None]
    assert traces["text"].to_list() == contents


def test_one_extracted_answer_serves_all_responses_with_its_content(tmp_path):
    known = problem_table({"62": "x_1"})
    cache = {
        response_key("x_1", 4): {"content": "same", "tokens": 1},
        response_key("x_1", 4, 1): {"content": "same", "tokens": 2},
        "extract_answer_same": 5,
    }
    traces, _ = read(tmp_path / "c.json", cache, known)
    assert traces["answer"].to_list() == ["5", "5"]


def test_other_models_are_passed_over_and_prompts_kept_apart(tmp_path, caplog):
    known = problem_table({"63": "Find x_1"})
    replies = {
        response_key("Find x_1", 4): {"content": "a", "tokens": 1},
        response_key("Find x_1", 4, prompt="Another_one: {problem}"): {"content": "b", "tokens": 2},
        response_key("Find x_1", 4, model="o1-preview"): {"content": "c", "tokens": 3},
    }
    with caplog.at_level(logging.INFO):
        traces, _ = read(tmp_path / "c.json", {**replies, "extract_answer_c": 1}, known)
    assert traces.select("wording", "text").rows() == [("recorded_1", "a"), ("recorded_2", "b")]
    assert "passing over 1 responses of other models" in caplog.text
    assert "1 extracted answers belong to no response" in caplog.text
    with pytest.raises(RecordingError, match="no key begins with the pool's model 'gpt'"):
        read(tmp_path / "c.json", replies, known, model="gpt")


def test_every_fault_is_named_at_once_with_its_key(tmp_path):
    known = problem_table({"60": "Find a", "61": "Find a_16", "62": "y"})
    cache = {
        response_key("Find a_16", 2048): {"content": "two ways", "tokens": 1},
        response_key("Find b", 2048): {"content": "unknown problem", "tokens": 1},
        response_key("rhyme y", 8): {"content": "only the end of an unknown problem", "tokens": 1},
        response_key("y", 0): {"content": "no limit", "tokens": 1},
        response_key("y", 8): {"content": ["a"], "tokens": "12"},
        response_key("y", 8, 1): {"content": "no tokens"},
        "extract_answer_y": [1],
    }
    with pytest.raises(RecordingError) as raised:
        read(tmp_path / "c.json", cache, known)
    text = str(raised.value)
    for said in [
        "Find a_16_2048': can be read in two ways",
        "Find b_2048': no known problem stands before _limit",
        "rhyme y_8': no known problem",
        "y_0': no known problem",
        "y_8': key 'content': Input should be a valid string, not ['a']",
        "y_8': key 'tokens': Input should be a valid integer, not '12'",
        "y_8_1': key 'tokens' is missing",
        "'extract_answer_y': should be a response (an object) or an extracted answer",
    ]:
        assert said in text, text


def test_the_same_sample_or_key_twice(tmp_path):
    known = problem_table({"62": "x y"})
    two = {
        response_key("x y", 8): {"content": "a", "tokens": 1},
        response_key("x  y", 8): {"content": "b", "tokens": 1},
    }
    with pytest.raises(RecordingError, match=r"sample 0 of problem '62' \(asked 8\) stands here"):
        read(tmp_path / "c.json", two, known)
    entry = json.dumps(response_key("x y", 8)) + ': {"content": "a", "tokens": 1}'
    with pytest.raises(RecordingError, match="stands in the file 2 times"):
        read(tmp_path / "c.json", f"{{{entry}, {entry}}}", known)


def test_an_unfinished_cache_is_refused(tmp_path):
    cache = make_cache({"62": "x_1", "63": "Find x_1"}, [8, 16], 4)
    del cache[response_key("x_1", 16, 2)]
    with pytest.raises(RecordingError) as raised:
        read(tmp_path / "c.json", cache)
    assert "problem '62': has 3 samples (asked 16) where others have 4; set n: 3" in str(
        raised.value
    )
    traces, _ = read(tmp_path / "c.json", cache, n=3)
    assert traces.filter(asked=16, problem_id="62")["sample"].to_list() == [0, 1, 3]
    assert traces.height == 2 * 2 * 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"a": ', "not valid JSON"),
        ("[]", "should hold one JSON object, holds []"),
        ("{}", "holds no samples"),
        ('{"a": ' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_cache(tmp_path, content, said):
    with pytest.raises(RecordingError) as raised:
        read(tmp_path / "c.json", content)
    assert said in str(raised.value)


def test_the_kind_of_answer_is_the_benchmarks(tmp_path):
    with pytest.raises(RecordingError, match="answer_kind is 'math', that of benchmark 'aime' is"):
        read(tmp_path / "c.json", make_cache(AWKWARD, [16], 1), answer_kind="math")


def test_contents_that_are_numbers_or_null(tmp_path, caplog):
    known = problem_table({"62": "x_1"})
    cache = {
        response_key("x_1", 4): {"content": 5, "tokens": 1},
        response_key("x_1", 4, 1): {"content": None, "tokens": 2},
    }
    traces, _ = read(tmp_path / "c.json", cache, known, model="o1")
    assert traces["text"].to_list() == ["5", ""]
    assert "keys begin with" in caplog.text


def test_problems_are_needed(tmp_path):
    with pytest.raises(RecordingError, match="name a benchmark in problems_from"):
        read(tmp_path / "c.json", make_cache(AWKWARD, [16], 1), None, problems_from=None)


def test_lone_surrogates_are_stored_as_question_marks(tmp_path):
    known = problem_table({"62": "x_1"})
    content = "half \ud83d an emoji"
    cache = {
        response_key("x_1", 4): {"content": content, "tokens": 1},
        f"extract_answer_{content}": 5,
    }
    traces, _ = read(tmp_path / "c.json", cache, known)
    assert traces.select("text", "answer").row(0) == ("half ? an emoji", "5")
