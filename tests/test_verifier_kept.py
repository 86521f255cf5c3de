"""Scores in a journal: nothing is read twice, whatever a kill leaves, and counts stay right."""

import json
from pathlib import Path

import pytest

from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.journal_files import JournalError
from scripts.lib.verifiers.base import NewStep, Scored
from scripts.lib.verifiers.classifier import ClassifierVerifier
from scripts.lib.verifiers.reader import Reader
from tests.search_pools import METHODS, draw, of_method
from tests.small_model import write_model
from tests.small_verifier import write_verifier

pytestmark = pytest.mark.usefixtures("one_thread")

TEXTS = ["1a+2=3\n", "3b+4=7\nand so on\n", "7c-5=2\n", "answer 372"]
PROMPTS = ["Q: 1 + 1", "Q: 2 + 2 + 2", "Q: 3"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("base"), layers=2, width=32, context=200)


@pytest.fixture(scope="module")
def folder(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_verifier(tmp_path_factory.mktemp("verifier"), base)


@pytest.fixture(scope="module")
def engine(base: Path) -> TransformersEngine:
    return TransformersEngine(base, dtype="float64", batch_size=2, device="cpu")


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The pieces of each pass through a model, by their lengths."""
    found: list[list[int]] = []
    inner = Reader._batch

    def counted(self, pieces):
        found.append([len(piece.token_ids) for piece in pieces])
        return inner(self, pieces)

    monkeypatch.setattr(Reader, "_batch", counted)
    return found


def opened(folder: Path, engine: TransformersEngine, journal: Path | None) -> ClassifierVerifier:
    verifier = ClassifierVerifier(
        folder,
        dtype="float64",
        device="cpu",
        batch_size=2,
        solver_tokenizer=engine.tokenizer,
    )
    if journal is not None:
        verifier.keep(journal)
    return verifier


def scored(verifier: ClassifierVerifier, engine: TransformersEngine) -> list[Scored]:
    threads = [verifier.begin("", prompt) for prompt in PROMPTS]
    found = []
    for at, text in enumerate(TEXTS):
        step = NewStep(text, engine.spell(text), at == len(TEXTS) - 1)
        round_of = verifier.score([(thread, step) for thread in threads])
        threads = [one.thread for one in round_of]
        found += round_of
    return found


def told(found: list[Scored]) -> list[tuple[float | None, int, int, int]]:
    return [(one.score, one.tokens, one.positions, one.thread.tokens) for one in found]


def lines(journal: Path) -> list[str]:
    [path] = journal.glob("*.jsonl")
    return path.read_text().splitlines(keepends=True)


def test_what_is_scored_is_not_read_again(folder, engine, passes, tmp_path) -> None:
    plain = told(scored(opened(folder, engine, None), engine))
    first = told(scored(opened(folder, engine, tmp_path), engine))
    assert first == plain
    assert len(lines(tmp_path)) == len(first)
    passes.clear()
    assert told(scored(opened(folder, engine, tmp_path), engine)) == first
    assert passes == []


@pytest.mark.parametrize("kept", [1, 4, 8])
def test_a_run_goes_on_where_it_was_killed(folder, engine, passes, tmp_path, kept: int) -> None:
    first = told(scored(opened(folder, engine, tmp_path), engine))
    [path] = tmp_path.glob("*.jsonl")
    content = lines(tmp_path)
    path.write_text("".join(content[:kept]) + content[kept][:30])
    passes.clear()
    again = told(scored(opened(folder, engine, tmp_path), engine))
    assert [one[1:] for one in again] == [one[1:] for one in first]
    assert [one[0] for one in again] == pytest.approx([one[0] for one in first], abs=1e-12)
    # Every prompt and every step once: those before an unread step are needed for its sake.
    assert sum(len(lengths) for lengths in passes) == len(PROMPTS) * (1 + len(TEXTS))
    assert sorted(line.split('"')[3] for line in lines(tmp_path)) == sorted(
        line.split('"')[3] for line in content
    )


def test_a_batch_is_on_disk_before_the_next_is_read(folder, engine, tmp_path, monkeypatch) -> None:
    inner = Reader._batch

    def killed(self, pieces):
        if (tmp_path / "journal").exists():
            raise KeyboardInterrupt
        return inner(self, pieces)

    monkeypatch.setattr(Reader, "_batch", killed)
    with pytest.raises(KeyboardInterrupt):
        scored(opened(folder, engine, tmp_path / "journal"), engine)
    assert len(lines(tmp_path / "journal")) == 2


def test_other_weights_have_scores_of_their_own(folder, base, engine, tmp_path) -> None:
    other = write_verifier(tmp_path / "other", base, seed=2)
    first = told(scored(opened(folder, engine, tmp_path / "journal"), engine))
    alone = told(scored(opened(other, engine, None), engine))
    assert told(scored(opened(other, engine, tmp_path / "journal"), engine)) == alone
    assert told(scored(opened(folder, engine, tmp_path / "journal"), engine)) == first


def test_equal_texts_have_one_score(folder, engine, tmp_path) -> None:
    verifier = opened(folder, engine, tmp_path)
    step = NewStep(TEXTS[0], engine.spell(TEXTS[0]), True)
    asks = [(verifier.begin("", prompt), step) for prompt in (PROMPTS[0], PROMPTS[1], PROMPTS[0])]
    first, _, third = verifier.score(asks)
    assert first.score == third.score
    assert len(lines(tmp_path)) == 2


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{}", "not a score"),
        ('{"key": "ab", "score": 0.5}', "key 'ab' is no sha256"),
        (json.dumps({"key": "ab" * 32, "score": 2.0}), "score 2.0 is no probability"),
        (json.dumps({"key": "ab" * 32, "score": None}), "score None is no probability"),
    ],
)
def test_a_broken_line_is_named(folder, engine, tmp_path, line: str, why: str) -> None:
    (tmp_path / "a.jsonl").write_text(line + "\n")
    with pytest.raises(JournalError, match=rf"a\.jsonl: line 1 is broken .*{why}.*delete that"):
        opened(folder, engine, tmp_path)


@pytest.mark.parametrize("method", [METHODS[0], METHODS[5]], ids=lambda one: one["method"])
def test_a_search_that_has_its_scores_reads_nothing(
    folder, engine, passes, tmp_path, method
) -> None:
    spec = of_method(method, beams=[4])
    plain = draw(spec, engine, opened(folder, engine, None), tmp_path / "plain")
    first = draw(spec, engine, opened(folder, engine, tmp_path / "scores"), tmp_path / "kept")
    passes.clear()
    again = draw(spec, engine, opened(folder, engine, tmp_path / "scores"), tmp_path / "kept")
    assert passes == []
    for one, other, third in zip(plain, first, again, strict=True):
        assert other.equals(third)
        assert one.drop("score", strict=False).equals(other.drop("score", strict=False))
