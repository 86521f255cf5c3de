"""The verifiers trained here: scores, what is read for them, and what cannot be scored."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForTokenClassification

from scripts.lib.engines.base import Request
from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.verifiers.base import NewStep, VerifierError
from scripts.lib.verifiers.classifier import ClassifierVerifier
from tests.small_model import write_model
from tests.small_verifier import write_verifier

pytestmark = pytest.mark.usefixtures("one_thread")

CONTEXT = 200
PROMPT = "Q: 1 + 1"
STEPS = ["1a+2=3\n", "3b+4=7\nand so on\n", "7c-5=2\n", "answer 372"]


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return write_model(tmp_path_factory.mktemp("base"), layers=2, width=32, context=CONTEXT)


@pytest.fixture(scope="module")
def folder(base, tmp_path_factory) -> Path:
    return write_verifier(tmp_path_factory.mktemp("verifier"), base)


@pytest.fixture(scope="module")
def engine(base) -> TransformersEngine:
    return TransformersEngine(base, dtype="float64", batch_size=2, device="cpu")


def opened(folder, engine, **options) -> ClassifierVerifier:
    settings = {"dtype": "float64", "device": "cpu", "solver_tokenizer": engine.tokenizer}
    return ClassifierVerifier(folder, **(settings | options))


def steps_of(engine, texts: list[str]) -> list[NewStep]:
    last = len(texts) - 1
    return [NewStep(text, engine.spell(text), at == last) for at, text in enumerate(texts)]


def in_one_pass(folder, engine, texts: list[str], prompt: str = PROMPT) -> list[float]:
    """The scores of a solution read as a whole, without a cache or padding."""
    model = AutoModelForTokenClassification.from_pretrained(folder, dtype=torch.float64).eval()
    ids = list(engine.encode(Request(prompt, 0, 1, 0)))
    ends = []
    for text in texts:
        ids += engine.spell(text)
        ends.append(len(ids) - 1)
    with torch.inference_mode():
        logits = model(torch.tensor([ids])).logits[0]
    return logits[ends].softmax(-1)[:, 1].tolist()


def one_by_one(verifier, steps: list[NewStep], prompt: str = PROMPT):
    thread, found = verifier.begin("1 + 1", prompt), []
    for step in steps:
        [scored] = verifier.score([(thread, step)])
        thread = scored.thread
        found.append(scored)
    return found


def test_scores_are_those_of_the_whole_text_in_one_pass(folder, engine):
    found = one_by_one(opened(folder, engine), steps_of(engine, STEPS))
    whole = in_one_pass(folder, engine, STEPS)
    assert [one.score for one in found] == pytest.approx(whole, abs=1e-9)
    assert max(whole) - min(whole) > 0.01, "a verifier that tells nothing apart"


def test_a_score_does_not_depend_on_what_is_read_beside_it(folder, engine):
    verifier = opened(folder, engine, batch_size=3)
    solutions = [STEPS[number % 4 :] + STEPS[: number % 4] for number in range(7)]
    prompts = [f"Q: {'1 + ' * number}1" for number in range(7)]
    threads = [verifier.begin("", prompt) for prompt in prompts]
    found: list[list[float]] = [[] for _ in threads]
    for place in range(4):
        # Solutions take turns to be behind, so that memories of many lengths stand together.
        for group in (range(0, 7, 2), range(1, 7, 2)):
            asks = [(threads[at], steps_of(engine, solutions[at])[place]) for at in group]
            for at, scored in zip(group, verifier.score(asks), strict=True):
                threads[at] = scored.thread
                found[at].append(scored.score)
    for at, prompt in enumerate(prompts):
        whole = in_one_pass(folder, engine, solutions[at], prompt)
        assert found[at] == pytest.approx(whole, abs=1e-9)


def test_only_new_tokens_are_read_and_a_prompt_once(folder, engine, monkeypatch):
    verifier = opened(folder, engine)
    read = []
    inner = verifier._reader._model.forward

    def counted(input_ids, **more):
        read.append(tuple(input_ids.shape))
        return inner(input_ids=input_ids, **more)

    monkeypatch.setattr(verifier._reader._model, "forward", counted)
    root = verifier.begin("", PROMPT)
    first = steps_of(engine, ["1a+2=3\n", "1a+2=4\n", "1a+2=5\n", "1a+2=6\n"])
    scored = verifier.score([(root, step) for step in first])
    assert read == [(1, root.prompt_tokens), (4, 7)]
    again = verifier.score([(scored[0].thread, step) for step in first])
    assert read[2:] == [(4, 7)]
    assert [one.tokens for one in scored + again] == [7] * 8
    start = root.prompt_tokens
    assert scored[0].positions == sum(range(start + 1, start + 8))
    assert again[0].positions == sum(range(start + 8, start + 15))
    assert again[0].thread.tokens == start + 14


def test_a_thread_whose_memory_is_gone_is_read_again(folder, engine):
    verifier = opened(folder, engine)
    steps = steps_of(engine, STEPS)
    found = one_by_one(verifier, steps)
    piece = found[2].thread
    for one in piece.chain():
        one.memory = None
    [again] = verifier.score([(piece, steps[3])])
    assert again.score == pytest.approx(found[3].score, abs=1e-12)
    assert again.tokens == found[3].tokens


def test_a_solver_with_other_tokens_is_read_as_text(folder, engine, base):
    shared = one_by_one(opened(folder, engine), steps_of(engine, STEPS))
    verifier = opened(folder, engine, solver_tokenizer=None)
    foreign = [NewStep(text, (1, 2, 3), at == 3) for at, text in enumerate(STEPS)]
    assert [s.score for s in one_by_one(verifier, foreign)] == [s.score for s in shared]
    unknown = [NewStep(text, None, at == 3) for at, text in enumerate(STEPS)]
    assert [s.score for s in one_by_one(verifier, unknown)] == [s.score for s in shared]


def test_a_step_that_cannot_be_scored_is_named(folder, engine):
    verifier = opened(folder, engine)
    root = verifier.begin("", PROMPT)
    with pytest.raises(VerifierError, match="a step without tokens"):
        verifier.score([(root, NewStep("", (), True))])
    long = NewStep("long", engine.spell("1" * CONTEXT), True)
    with pytest.raises(VerifierError, match=rf"take \d+ tokens, and the verifier reads {CONTEXT}"):
        verifier.score([(root, long)])


def test_a_score_that_is_no_number_is_refused(folder, base, engine, tmp_path):
    broken = write_verifier(tmp_path / "broken", base)
    tensors = load_file(broken / "model.safetensors")
    tensors["score.weight"].fill_(float("nan"))
    save_file(tensors, broken / "model.safetensors", {"format": "pt"})
    with pytest.raises(VerifierError, match="the score of a step is nan"):
        one_by_one(opened(broken, engine), steps_of(engine, STEPS))


def test_folders_that_are_no_verifier_are_named(base, engine, tmp_path):
    with pytest.raises(VerifierError, match="no such folder"):
        opened(tmp_path / "none", engine)
    with pytest.raises(VerifierError, match="missing keys: score"):
        opened(base, engine)
    three = write_verifier(tmp_path / "three", base, classes=3)
    with pytest.raises(VerifierError, match=r"two classes.*has 3"):
        opened(three, engine)
    pickled = write_verifier(tmp_path / "pickled", base)
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(VerifierError, match="convert them to safetensors"):
        opened(pickled, engine)


def test_identity_tells_verifiers_apart(folder, base, engine, tmp_path):
    other = write_verifier(tmp_path / "other", base, seed=2)
    assert opened(folder, engine).identity == opened(folder, engine).identity
    assert opened(folder, engine).identity != opened(other, engine).identity
    assert opened(folder, engine).identity != opened(folder, engine, dtype="float32").identity
