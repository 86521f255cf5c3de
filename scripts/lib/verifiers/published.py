"""Published verifiers: one class for all, told apart by how they are asked."""

from dataclasses import replace
from typing import Any

from transformers import AutoModel, AutoModelForCausalLM

from scripts.lib.config.verifiers import HubVerifier
from scripts.lib.verifiers.base import NewStep, Thread, VerifierError
from scripts.lib.verifiers.heads import Headed, between_tokens, stored_head
from scripts.lib.verifiers.layouts import LAYOUTS
from scripts.lib.verifiers.loading import find, load
from scripts.lib.verifiers.piecewise import PiecewiseVerifier, last_class, single_value
from scripts.lib.verifiers.spelling import Spelling
from scripts.lib.verifiers.thread import Piece


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
        of_language = layout.head == "tokens"
        loaded = load(
            folder,
            AutoModelForCausalLM if of_language else AutoModel,
            name=spec.repo,
            dtype=spec.dtype,
            device=device,
        )
        self._spelling = Spelling(layout, loaded.tokenizer, spec.separator, spec.repo)
        if of_language:
            words = [self._spelling.word(word or "") for word in (layout.bad, layout.good)]
            model = between_tokens(loaded.model, words)
        else:
            prefix = layout.tensors or ("score" if layout.head == "classes" else "v_head.summary")
            width = loaded.model.config.get_text_config().hidden_size
            head, outputs = stored_head(folder, prefix, width)
            if (outputs == 1) != (layout.head == "value"):
                raise VerifierError(
                    f"{spec.repo}: the head {prefix} has {outputs} outputs; head value has one, "
                    "and classes have several"
                )
            model = Headed(loaded.model, head)
        super().__init__(
            replace(loaded, model=model),
            spec.batch_size,
            single_value if layout.head == "value" else last_class,
        )
        self.identity: dict[str, Any] = {
            "verifier": "published",
            "layout": layout.model_dump(),
            "separator": spec.separator,
            "weights": weights,
            "dtype": loaded.dtype,
            "tokenizer": loaded.tokenizer_hash,
            "chat_template": loaded.tokenizer.chat_template,
        }

    def begin(self, problem: str, prompt: str) -> Thread:
        """The thread of a problem before its first step."""
        return self._spelling.prompt(problem)

    def _piece(self, thread: Piece, step: NewStep) -> Piece:
        return self._spelling.step(thread, step.text)
