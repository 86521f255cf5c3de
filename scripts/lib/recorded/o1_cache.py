"""The response cache of the script that first redrew o1's figure: one JSON object.

The script (https://github.com/hughbzhang/o1_inference_scaling_laws, o1.py) keeps responses under

    "{model}_{prompt}_{problem}_{limit}"          sample 0
    "{model}_{prompt}_{problem}_{limit}_{index}"  samples 1, 2, ...

with {"content": text, "tokens": completion tokens}, where {prompt} is the prompt before anything
is filled in, and the answers that a second model extracted under

    "extract_answer_{content}"                    an integer, or null where it found none

Prompt, problem and content hold underscores, braces and newlines, so a key is read from its ends:
the numbers at the end, before them a problem of `problems_from`, before that model and prompt.
White space and [asy] figures are no part of the comparison, because copies of a problem set
differ in them. Samples of other models are passed over. If there are several prompts, their
wordings are recorded_1, recorded_2, ... in the order they appear.

An extracted answer belongs to every response with its content. Beside the published key, any key
that is a response's key or content with one of ANSWER_PREFIXES before it or one of
ANSWER_SUFFIXES after it is read, and the value may be a number or a text. A response without an
extracted answer is graded from its text.

The file is one object, which has to be read as a whole (as its own script does).
"""

import json
import logging
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from scripts.lib.config.pools import RecordedPool
from scripts.lib.recorded.faults import Faults, excerpt
from scripts.lib.recorded.fields import Count, Row, Text, read_row, storable
from scripts.lib.recorded.known import KnownProblem, KnownProblems, squeezed
from scripts.lib.recorded.recording import Recording

ANSWER_PREFIXES = ("extract_answer_", "extracted_answer_", "answer_")
ANSWER_SUFFIXES = ("_extract_answer", "_extracted_answer", "_answer")

_ENDINGS = (
    re.compile(r"(?s)(.*)_([1-9]\d{0,15})"),
    re.compile(r"(?s)(.*)_([1-9]\d{0,15})_(\d{1,9})"),
)
"""Stem and limit; stem, limit and index."""


class Reply(Row):
    """What the service answered."""

    content: Text | None
    tokens: Count


@dataclass(frozen=True)
class Response:
    """One sample: its key taken apart, and the reply."""

    key: str
    content: str
    tokens: int
    prefix: str
    problem: KnownProblem
    limit: int
    index: int


def read_o1_cache(
    path: Path, name: str, pool: RecordedPool, problems: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read a response cache of the original o1-mini script.

    Args:
        path: response_cache.json.
        name: name of the pool.
        pool: its settings; `model` is the name that the keys begin with.
        problems: a Problem table with the texts that the keys hold.

    Returns:
        The Trace and the Problem table; `asked` is the limit.

    Raises:
        RecordingError: with everything that is wrong with the file.
    """
    recording = Recording(path, name, pool, problems)
    faults = recording.faults
    if not recording.known:
        faults.stop("", "the cache has no gold answers: name a benchmark in problems_from")
    entries = _entries(path, faults)
    responses = _of_model(list(_responses(entries, recording.known, faults)), pool.model, faults)
    answers = _answers(entries, responses, faults)
    prefixes = list(dict.fromkeys(response.prefix for response in responses))
    for response in responses:
        number = prefixes.index(response.prefix) + 1
        recording.add_sample(
            _named(response.key),
            recording.add_known(response.problem),
            response.index,
            wording="recorded" if len(prefixes) == 1 else f"recorded_{number}",
            asked=response.limit,
            generated_tokens=response.tokens,
            text=storable(response.content),
            answer=answers.get(response.key, answers.get(response.content)),
        )
    return recording.tables()


def _named(key: str) -> str:
    """A key for an error text: its end tells it apart, its beginning does not."""
    return f"key ending {excerpt(key[-50:])}"


def _entries(path: Path, faults: Faults) -> list[tuple[str, Any]]:
    """Keys and values of the file's one object; keys given twice are noted."""
    last: list[tuple[str, Any]] = []

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Remember the pairs of the object closed last: in the end, the outermost."""
        nonlocal last
        last = pairs
        return dict(pairs)

    try:
        with path.open(encoding="utf-8-sig") as file:
            whole = json.load(file, object_pairs_hook=keep)
    except OSError as error:
        faults.stop("", f"cannot be read: {error.strerror}")
    except RecursionError:
        faults.stop("", "JSON is nested too deeply")
    except ValueError as error:
        faults.stop("", f"not valid JSON: {error}")
    if not isinstance(whole, dict):
        faults.stop("", f"should hold one JSON object, holds {excerpt(whole)}")
    for key, times in Counter(key for key, _ in last).items():
        if times > 1:
            faults.add(_named(key), f"stands in the file {times} times")
    return last


def _responses(
    entries: list[tuple[str, Any]], known: KnownProblems, faults: Faults
) -> Iterator[Response]:
    """The entries whose value is an object."""
    for key, value in entries:
        if not isinstance(value, dict):
            continue
        where = _named(key)
        reply = read_row(Reply, value, where, faults)
        readings = list(_readings(key, known))
        if not readings:
            faults.add(
                where,
                "no known problem stands before _limit or _limit_index; does problems_from name "
                "the problems that this cache was made with?",
            )
        elif len(readings) > 1:
            faults.add(where, "can be read in two ways: with and without an index")
        elif reply is not None:
            # As it stands in the file, because the keys of extracted answers hold it.
            content = value["content"] if isinstance(value["content"], str) else reply.content
            yield Response(key, content or "", reply.tokens, *readings[0])


def _readings(key: str, known: KnownProblems) -> Iterator[tuple[str, KnownProblem, int, int]]:
    """(prefix, problem, limit, index) for each way in which the numbers at the end can be read."""
    for ending in _ENDINGS:
        match = ending.fullmatch(key)
        found = known.at_end(match[1], after="_") if match else None
        if match and found:
            limit, *index = match.groups()[1:]
            yield *found, int(limit), int(index[0]) if index else 0


def _of_model(responses: list[Response], model: str, faults: Faults) -> list[Response]:
    """The responses of `model`; all, if no key names it and all begin alike."""
    own = [r for r in responses if r.prefix.startswith(f"{squeezed(model)}_")]
    prefixes = list(dict.fromkeys(response.prefix for response in responses))
    if not own and len(prefixes) > 1:
        names = ", ".join(excerpt(prefix, 40) for prefix in prefixes[:5])
        faults.add("", f"no key begins with the pool's model {model!r}; keys begin with: {names}")
    elif not own and prefixes:
        logging.warning("keys begin with %s, not with %s", excerpt(prefixes[0], 40), model)
    elif len(own) < len(responses):
        logging.info("passing over %d responses of other models", len(responses) - len(own))
    return own or responses


def _answers(
    entries: list[tuple[str, Any]], responses: list[Response], faults: Faults
) -> dict[str, str]:
    """Extracted answers by the response's key or content, "" where none was found."""
    stems = {stem for response in responses for stem in (response.key, response.content)}
    answers: dict[str, str] = {}
    lost = 0
    for key, value in entries:
        if isinstance(value, dict):
            continue
        if isinstance(value, bool | float | list):
            faults.add(
                _named(key),
                f"should be a response (an object) or an extracted answer (number, text or "
                f"null), is {excerpt(value)}",
            )
            continue
        answer = "" if value is None else storable(str(value))
        found = [stem for stem in _stems(key) if stem in stems]
        answers |= dict.fromkeys(found, answer)
        lost += not found
    if lost:
        logging.warning("%d extracted answers belong to no response that was read", lost)
    return answers


def _stems(key: str) -> Iterator[str]:
    """What may be a response's key or content in the key of an extracted answer."""
    for prefix in ANSWER_PREFIXES:
        if key.startswith(prefix):
            yield key.removeprefix(prefix)
    for suffix in ANSWER_SUFFIXES:
        if key.endswith(suffix):
            yield key.removesuffix(suffix)
