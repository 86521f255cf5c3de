"""The parts of the page that are there without any script: headings, captions, tables."""

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.lib.config.figures import Figure
from scripts.lib.page.texts import escape, plain_math
from scripts.lib.page.verdicts import counts, verdict_bodies

Data = dict[str, Any]


def figures_section(figures: Mapping[str, Figure], live: Data, drawings: Mapping[str, Path]) -> str:
    """Every figure of the study: live where the page draws it, else as it was drawn."""
    entries = "".join(
        f'<li><a href="#figure-{name}">{escape(plain_math(figure.title))}</a></li>'
        for name, figure in figures.items()
    )
    contents = f'<ol class="contents">{entries}</ol>' if len(figures) > 3 else ""
    shown = "\n".join(
        _figure(name, figure, live[name], drawings.get(name)) for name, figure in figures.items()
    )
    return _section("figures", "Figures", contents + shown)


def _figure(name: str, figure: Figure, live: Data, drawing: Path | None) -> str:
    caption = " ".join(figure.caption.split())
    parts = []
    as_drawn = None if live["whole"] else drawing
    if as_drawn is not None:
        parts.append(f'<div class="wide">{_image(as_drawn, figure.title)}</div>')
    if live["panels"]:
        parts.append(f'<div class="panels" data-figure="{name}"></div>')
    if live["whole"] and drawing is not None:
        parts.append(f'<details class="drawn" data-drawing="{name}"></details>')
    note = f'<p class="note">{escape(live["left_out"])}</p>' if live["left_out"] else ""
    markers = f" {live['markers']}" if live["markers"] else ""
    # A drawn figure has its caption in it: there this one is for those who hear the page.
    unseen = ' class="unseen"' if as_drawn is not None and not live["panels"] else ""
    return (
        f'<figure id="figure-{name}" aria-labelledby="title-{name}">'
        f'<h3 id="title-{name}">{escape(plain_math(figure.title))}</h3>'
        f"{''.join(parts)}{note}"
        f'<figcaption{unseen}><span class="status">'
        f"{escape(figure.status)}</span> "
        f"{escape(plain_math(caption))}{escape(markers)}</figcaption></figure>"
    )


_SIZE = re.compile(rb'<svg[^>]*? width="([0-9.]+)pt" height="([0-9.]+)pt"')


def _image(path: Path, title: str) -> str:
    """A drawn figure; its size holds its place before it is there, so that links land."""
    size = _SIZE.search(path.read_bytes()) if path.suffix == ".svg" else None
    points = (
        "" if size is None else 'width="{:.0f}" height="{:.0f}" '.format(*map(float, size.groups()))
    )
    alt = escape(plain_math(title))
    return f'<img loading="lazy" {points}alt="{alt}" src="{image_address(path)}">'


def image_address(path: Path) -> str:
    """A drawn figure as an address that holds it."""
    kind = "image/svg+xml" if path.suffix == ".svg" else "image/png"
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


def verdicts_section(verdicts: list[dict[str, str]]) -> str:
    """What the study says of each claim."""
    table = (
        f'<p>{escape(counts(verdicts))}</p><div class="wide"><table class="verdicts"><thead><tr>'
        '<th scope="col">Number</th><th scope="col">Value, 95 %</th>'
        '<th scope="col">Verdict</th><th scope="col">Why</th></tr></thead>'
        f"{verdict_bodies(verdicts)}</table></div>"
    )
    return _section("verdicts", "Verdicts", table)


def samples_section() -> str:
    """The place of the reader of samples."""
    return _section("samples", "Samples", '<div id="reader"></div>')


def records_section(records: list[Data]) -> str:
    """Where every result is from, a line each; what a record says besides is unpacked."""
    rows = "".join(
        f'<tr data-record="{number}"><th scope="row"><code>{escape(row["path"])}</code></th>'
        f"<td>{escape((row.get('program') or '').removeprefix('scripts.'))}</td>"
        f"<td>{_commit(row)}</td><td>{escape(_moment(row.get('ended')))}</td>"
        f'<td data-state="{escape(row["state"])}">{escape(row["state"])}</td></tr>'
        for number, row in enumerate(records)
    )
    table = (
        "<p>What is shown here, and all that it was made of. Every line opens.</p>"
        '<div class="wide tall"><table class="records"><thead><tr><th scope="col">File</th>'
        '<th scope="col">Made by</th><th scope="col">Commit</th><th scope="col">When</th>'
        f'<th scope="col">State</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )
    return _section("provenance", "Provenance", table)


def _commit(row: Data) -> str:
    commit = row.get("commit")
    if not commit:
        return ""
    changed = row.get("changed_files") or 0
    return f"<code>{escape(commit[:8])}</code>" + (f" + {changed} changed" if changed else "")


def _moment(text: str | None) -> str:
    return (text or "").replace("T", " ").removesuffix("+00:00")


def _section(name: str, title: str, content: str) -> str:
    head = f'<h2 id="h-{name}">{title}</h2>'
    return f'<section id="{name}" aria-labelledby="h-{name}">{head}{content}</section>'
