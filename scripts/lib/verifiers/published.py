"""Published verifiers: one class for all, told apart by how they are asked."""

from pathlib import Path
from typing import Any

from transformers import AutoModel, AutoModelForCausalLM

from scripts.lib.config.verifiers import HubVerifier, ScoreFormat
from scripts.lib.engines.local_text import tokenizer_hash
from scripts.lib.verifiers.base import NewStep, Thread, VerifierError
from scripts.lib.verifiers.heads import Headed, between_tokens, stored_head
from scripts.lib.verifiers.layouts import LAYOUTS
from scripts.lib.verifiers.loading import find, load, load_text
from scripts.lib.verifiers.piecewise import (
    PieceReader,
    PiecewiseVerifier,
    last_class,
    single_value,
)
from scripts.lib.verifiers.spelling import Spelling
from scripts.lib.verifiers.thread import Piece
from scripts.lib.verifiers.vllm_reader import VllmReader


class PublishedVerifier(PiecewiseVerifier):
    """Scores a step at its mark; see scripts.lib.verifiers.base.Verifier.

    It reads the problem's own text and that of the steps. A step of white space alone is none of
    its own, as no layout was trained on such; a solution that begins with one has it scored.

    Args:
        spec: its entry in the study.
        device: as PyTorch names it; None takes a GPU where there is one.

    Raises:
        VerifierError: the model cannot be loaded, or its tokenizer, template or head does not fit
            its layout.
    """

    def __init__(self, spec: HubVerifier, device: str | None = None) -> None:
        layout = LAYOUTS[spec.layout] if isinstance(spec.layout, str) else spec.layout
        folder, weights = find(spec.repo, spec.revision)
        reader: PieceReader
        if spec.vllm is None:
            of_language = layout.head == "tokens"
            loaded = load(
                folder,
                AutoModelForCausalLM if of_language else AutoModel,
                name=spec.repo,
                dtype=spec.dtype,
                device=device,
            )
            tokenizer = loaded.tokenizer
            self._spelling = Spelling(layout, tokenizer, spec.separator, spec.repo)
            model = (
                between_tokens(loaded.model, self._words(layout))
                if of_language
                else _headed(spec.repo, layout, folder, loaded.model)
            )
            reader = loaded.reader(spec.batch_size, model)
        else:
            tokenizer, _ = load_text(folder, spec.repo)
            self._spelling = Spelling(layout, tokenizer, spec.separator, spec.repo)
            reader = VllmReader(
                folder,
                spec.vllm,
                dtype=spec.dtype,
                batch_size=spec.batch_size,
                name=spec.repo,
                words=tokenizer.convert_ids_to_tokens(self._words(layout)),
            )
        super().__init__(spec.repo, reader, single_value if layout.head == "value" else last_class)
        self.identity: dict[str, Any] = {
            "verifier": "published",
            "layout": layout.model_dump(),
            "separator": spec.separator,
            "weights": weights,
            **reader.identity,
            "tokenizer": tokenizer_hash(tokenizer),
            "chat_template": tokenizer.chat_template,
        }

    def _words(self, layout: ScoreFormat) -> list[int]:
        return [self._spelling.word(word or "") for word in (layout.bad, layout.good)]

    def begin(self, problem: str, prompt: str) -> Thread:
        """The thread of a problem before its first step."""
        return self._spelling.prompt(problem)

    def _piece(self, thread: Piece, step: NewStep) -> Piece:
        return self._spelling.step(thread, step.text)


def _headed(repo: str, layout: ScoreFormat, folder: Path, body: Any) -> Headed:
    prefix = layout.tensors or ("score" if layout.head == "classes" else "v_head.summary")
    head, outputs = stored_head(folder, prefix, body.config.get_text_config().hidden_size)
    if (outputs == 1) != (layout.head == "value"):
        raise VerifierError(
            f"{repo}: the head {prefix} has {outputs} outputs; head value has one, and classes "
            "have several"
        )
    return Headed(body, head)
