"""The page as a file: what is seen comes first, then the packed data that it unpacks on demand."""

import base64
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from string import Template
from tempfile import TemporaryFile
from typing import IO, Any

from scripts.lib.page.assets import SCRIPTS, STYLE, TEMPLATE
from scripts.lib.page.texts import as_data, packed


class Chunks:
    """Packed data of the page, kept out of memory until it is written.

    Each chunk becomes an inert element that the browser neither runs nor shows.
    """

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool
        self._count = 0

    def add(self, content: Any) -> str:
        """Keep `content`; return the id of its element."""
        name = f"chunk-{self._count}"
        self._count += 1
        line = f'<script type="application/octet-stream" id="{name}">{packed(content)}</script>\n'
        self._spool.write(line.encode("ascii"))
        return name

    def copy_to(self, file: IO[bytes]) -> None:
        """Write all that was kept."""
        self._spool.seek(0)
        shutil.copyfileobj(self._spool, file, 2**20)


@contextmanager
def chunks() -> Iterator[Chunks]:
    """A place for chunks, on the disk."""
    with TemporaryFile() as spool:
        yield Chunks(spool)


def write_document(
    path: Path, parts: dict[str, str], sections: Sequence[str], data: Any, kept: Chunks
) -> None:
    """Write the page to `path`.

    Args:
        path: the file, which the caller moves into place.
        parts: title, study, summary, navigation and left_out, as HTML.
        sections: the parts of the page, as HTML.
        data: what its script reads at the start.
        kept: what it unpacks later.
    """
    style, script = _inlined([STYLE]), _inlined(SCRIPTS, '"use strict";\n(() => {\n', "})();\n")
    head = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        parts,
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        sections="\n".join(sections),
        data=as_data(data),
    )
    with path.open("wb") as file:
        file.write(head.encode("utf-8"))
        kept.copy_to(file)
        file.write(b"</body>\n</html>\n")


def _inlined(paths: Sequence[Path], before: str = "", after: str = "") -> str:
    text = before + "".join(path.read_text(encoding="utf-8") for path in paths) + after
    if "</" in text:
        raise AssertionError("a script or style of the page holds an end tag")
    return text


def _hash(text: str) -> str:
    """As a content security policy writes it."""
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
