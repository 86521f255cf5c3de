"""Verifiers read by vLLM say what they say when transformers reads them."""

from pathlib import Path

import pytest

from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.verifiers.base import NewStep, Scored, Verifier, VerifierError
from scripts.lib.verifiers.classifier import ClassifierVerifier
from tests.small_published import (
    PROBLEM,
    STEPS,
    one_by_one,
    opened,
    read_math_shepherd,
    read_rlhflow,
    steps_of,
    write_math_shepherd,
    write_rlhflow,
)
from tests.small_verifier import write_verifier
from tests.vllm.conftest import SETTINGS

NEAR = 1e-4
SETTING = SETTINGS.model_dump()


@pytest.fixture(scope="module")
def classifier(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_verifier(tmp_path_factory.mktemp("verifier"), weights)


def test_a_search_s_steps_are_scored_as_by_transformers(
    classifier: Path, reference: TransformersEngine
) -> None:
    """Twenty solutions that share beginnings, step by step, as a beam search asks for them."""
    told = {}
    for name, vllm in (("vllm", SETTINGS), ("transformers", None)):
        verifier = ClassifierVerifier(
            classifier,
            dtype="float32",
            batch_size=8,
            solver_tokenizer=reference.tokenizer,
            device="cpu",
            vllm=vllm,
        )
        told[name] = grown(verifier, reference)
    for mine, theirs in zip(told["vllm"], told["transformers"], strict=True):
        assert (mine.tokens, mine.positions) == (theirs.tokens, theirs.positions)
        assert mine.score == pytest.approx(theirs.score, abs=NEAR)
    assert len({round(one.score or 0, 4) for one in told["vllm"]}) > 20


def grown(verifier: Verifier, engine: TransformersEngine) -> list[Scored]:
    threads = [verifier.begin(PROBLEM, f"Q: {n} + 1") for n in range(5) for _ in range(4)]
    found = []
    for depth in range(3):
        steps = []
        for at, thread in enumerate(threads):
            text = f"{at % (4**depth)}a+{depth}={at}\n"
            steps.append((thread, NewStep(text, engine.spell(text), depth == 2)))
        scored = verifier.score(steps)
        threads = [one.thread for one in scored]
        found += scored
    return found


@pytest.mark.parametrize(
    ("layout", "write", "read"),
    [
        ("math_shepherd", write_math_shepherd, read_math_shepherd),
        ("rlhflow", write_rlhflow, read_rlhflow),
    ],
)
def test_published_verifiers_score_as_their_makers_code(
    layout, write, read, tmp_path: Path
) -> None:
    folder = write(tmp_path, width=128)
    verifier = opened(folder, layout, dtype="float32", vllm=SETTING)
    scores = [one.score for one in one_by_one(verifier, steps_of(STEPS))]
    assert scores == pytest.approx(read(folder, PROBLEM, STEPS)[1], abs=NEAR)
    assert verifier.identity["vllm"]


def test_a_verifier_that_cannot_be_loaded_is_named(classifier: Path, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(VerifierError, match=str(tmp_path)):
        ClassifierVerifier(tmp_path, vllm=SETTINGS)
