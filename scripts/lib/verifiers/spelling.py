"""Problems and steps in the words and tokens that a published verifier was trained on."""

from typing import Any

from scripts.lib.config.verifiers import ScoreFormat
from scripts.lib.engines.local_text import TEMPLATE_DATE
from scripts.lib.verifiers.base import VerifierError
from scripts.lib.verifiers.thread import Piece

PROBLEM, STEP = "\ue000", "\ue001"
"""Stand for a problem and a step in a chat template: characters without a meaning."""


class Spelling:
    """Writes pieces; a step is spelt with its mark, in front of it what joins it to the last.

    Where nothing else is declared, tokens are those of the whole text: a step is tokenised behind
    the piece before it. Only a token that would reach over their border is cut there. A solver
    that writes the verifier's special tokens, such as a mark or the end of a turn, has them read
    as plain characters.

    Args:
        layout: of the verifier.
        tokenizer: of the verifier.
        separator: what ends a step of the solver's.
        name: of the verifier, for errors.

    Raises:
        VerifierError: the chat template or the tokenizer does not know the layout.
    """

    def __init__(self, layout: ScoreFormat, tokenizer: Any, separator: str, name: str) -> None:
        self._tokenizer, self._name, self._layout = tokenizer, name, layout
        self._separator = separator.strip()
        self._special = tokenizer.all_special_tokens
        self._before, self._after = "", ""
        self._mark, self._joint = layout.mark, layout.joint
        if layout.chat == "assistant":
            problem, reply = ("user", PROBLEM), ("assistant", STEP)
            self._before, self._after, _ = self._chat([problem, reply], opens_reply=False)
        elif layout.chat == "turns":
            turns = [("user", PROBLEM), ("assistant", layout.good or ""), ("user", STEP)]
            self._before, between, self._mark = self._chat(turns, opens_reply=True)
            if not between.startswith(self._mark):
                raise VerifierError(
                    f"{name}: its chat template writes a turn in other words once it is answered, "
                    "so that steps cannot be read one after the other; take another layout"
                )
            self._joint = between.removeprefix(self._mark)
        if layout.mark:
            self._check_mark()

    def word(self, text: str) -> int:
        """The token of one of the words that a verifier chooses from.

        Raises:
            VerifierError: it is not one token.
        """
        token_ids = self._encode(text)
        if len(token_ids) != 1 or not self._spells(token_ids, text):
            raise VerifierError(
                f"{self._name}: {text!r}, by which a score is told, is no token of its tokenizer; "
                "take the model that the layout belongs to, or another layout"
            )
        return token_ids[0]

    def prompt(self, problem: str) -> Piece:
        """What is read before the first step."""
        text = self._before + problem.strip() + self._after
        if self._layout.apart:
            text += self._layout.opening
        token_ids = self._encode(text)
        begin = self._tokenizer.bos_token_id
        if self._layout.chat == "none" and begin is not None:
            token_ids = [begin, *token_ids]
        if not token_ids:
            raise VerifierError(f"{self._name}: a problem without text cannot be read")
        return Piece(tuple(token_ids), text=text)

    def step(self, thread: Piece, text: str) -> Piece:
        """A step behind others; without tokens where no text is left of it and it is not the first.

        Args:
            thread: what was read before it.
            text: as the solver wrote it, with its separator.
        """
        text, lead = self._plain(text), ""
        if thread.before is not None:
            if not text:
                return Piece((), thread)
            lead = self._joint
        elif not self._layout.apart:
            lead = self._layout.opening
        whole = lead + text + self._mark
        forged = any(token in text for token in self._special)
        if self._layout.apart or forged:
            own = self._encode(text, as_plain=forged)
            token_ids = self._encode(lead) + own + self._encode(self._mark)
        else:
            token_ids = self._encode_behind(thread.text, whole)
        return Piece(tuple(token_ids), thread, text=whole)

    def _plain(self, text: str) -> str:
        text = text.strip()
        while self._separator and text.endswith(self._separator):
            text = text.removesuffix(self._separator).rstrip()
        return text

    def _encode(self, text: str, *, as_plain: bool = False) -> list[int]:
        token_ids: list[int] = self._tokenizer.encode(
            text, add_special_tokens=False, split_special_tokens=as_plain
        )
        return token_ids

    def _encode_behind(self, before: str, text: str) -> list[int]:
        known, whole = self._encode(before), self._encode(before + text)
        return whole[len(known) :] if whole[: len(known)] == known else self._encode(text)

    def _spells(self, token_ids: list[int], text: str) -> bool:
        said: str = self._tokenizer.decode(token_ids, clean_up_tokenization_spaces=False)
        return said.strip() == text.strip()

    def _check_mark(self) -> None:
        mark = self._layout.mark
        token_ids = self._encode(mark) if self._layout.apart else self._encode_behind("x", mark)
        if not self._spells(token_ids, mark):
            raise VerifierError(
                f"{self._name}: its tokenizer cannot write the mark {mark!r} that ends a step; "
                "take the model that the layout belongs to, or another mark"
            )
        if self._layout.single and len(token_ids) != 1:
            raise VerifierError(
                f"{self._name}: its tokenizer does not know the mark {mark!r} that ends a step and "
                f"spells it with {len(token_ids)} tokens; take the model that the layout belongs to"
            )

    def _chat(self, messages: list[tuple[str, str]], *, opens_reply: bool) -> tuple[str, str, str]:
        """What a chat template writes before the problem, between it and the step, and after."""
        if self._layout.system is not None:
            messages = [("system", self._layout.system), *messages]
        if not self._tokenizer.chat_template:
            raise VerifierError(
                f"{self._name}: its tokenizer has no chat template, which the layout needs"
            )
        try:
            text: str = self._tokenizer.apply_chat_template(
                [{"role": role, "content": content} for role, content in messages],
                tokenize=False,
                add_generation_prompt=opens_reply,
                strftime_now=TEMPLATE_DATE.strftime,
            )
            before, rest = text.split(PROBLEM)
            between, after = rest.split(STEP)
        except Exception as error:  # templates raise what they like
            raise VerifierError(
                f"{self._name}: its chat template cannot write the layout: {error}"
            ) from error
        return before, between, after
