"""Scores on disk: what a verifier has scored need not be read again after a kill.

One line holds a score and the key of all that was read for it: the sha256 of the verifier's
identity and of the tokens of prompt and steps. The first line with a key counts.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from scripts.lib.journal_files import JournalFiles
from scripts.lib.verifiers.thread import Piece

ADVICE = "Repair it, or delete that line to have the step read again"


class KeptScores:
    """The scores that one verifier gave, in a folder that several verifiers and jobs may share.

    Args:
        folder: of the journal; made with the first score.
        identity: of the verifier, as Verifier has it.

    Raises:
        JournalError: a line that is not the last of its file cannot be read.
    """

    def __init__(self, folder: Path, identity: dict[str, Any]) -> None:
        self._files = JournalFiles(folder)
        self._begin = json.dumps(identity, sort_keys=True).encode()
        self._scores: dict[bytes, float] = {}
        for _, _, (key, score) in self._files.read(_score, ADVICE):
            self._scores.setdefault(key, score)

    def get(self, piece: Piece) -> float | None:
        """The score of a piece behind those before it; None where it was not read."""
        return self._scores.get(self._key(piece))

    def keep(self, piece: Piece, score: float) -> float:
        """Write down a score; return the one that counts, the first that the text was given.

        Raises:
            JournalError: the disk does not take it.
        """
        key = self._key(piece)
        if key not in self._scores:
            self._files.append(json.dumps({"key": key.hex(), "score": score}))
            self._scores[key] = score
            if self._files.sync_due():
                self._files.sync()
        return self._scores[key]

    def _key(self, piece: Piece) -> bytes:
        if piece.key is None:
            before = self._begin if piece.before is None else self._key(piece.before)
            own = json.dumps(piece.token_ids).encode()
            piece.key = hashlib.sha256(before + own).digest()
        return piece.key


def _score(line: bytes) -> tuple[bytes, float]:
    content = json.loads(line)
    if not isinstance(content, dict) or set(content) != {"key", "score"}:
        raise ValueError("not a score")
    if not re.fullmatch("[0-9a-f]{64}", content["key"]):
        raise ValueError(f"key {content['key']!r} is no sha256")
    if not isinstance(content["score"], float) or not 0 <= content["score"] <= 1:
        raise ValueError(f"score {content['score']!r} is no probability")
    return bytes.fromhex(content["key"]), content["score"]
