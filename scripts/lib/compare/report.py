"""What is said of a comparison on the terminal."""

from collections.abc import Iterator

import polars as pl
from tabulate import tabulate

from scripts.lib.compare.differences import Compared
from scripts.lib.compare.places import COMPARED, Results
from scripts.lib.export.layout import printed

LEVEL = 0.05
LEFT_OUT = ("left_out_a", "left_out_b")
COSTS = ("tokens", "flops", "usd")
DIFFERS = pl.any_horizontal(
    pl.col("low_difference").is_not_null(),
    pl.col("difference") != 0,
    *(pl.col(f"{name}_difference") != 0 for name in COSTS),
    *(pl.col(f"{name}_a").is_null() != pl.col(f"{name}_b").is_null() for name in COSTS),
    pl.col(LEFT_OUT) > 0,
)
"""Rows to show: also those of which something cannot be compared."""
HIDDEN = ["low_flops_difference", "high_flops_difference"]


def report(a: Results, b: Results, compared: Compared) -> str:
    """The table, what could not be compared, what it all says together, and whether bytes differ.

    Args:
        a: the results that differences start from.
        b: the others.
        compared: what came of it.
    """
    table = compared.table.filter(DIFFERS).drop(HIDDEN)
    hidden = compared.table.height - table.height
    if table["curve"].equals(table["curve_b"]):
        table = table.drop("curve_b")
    table = table.drop(name for name in LEFT_OUT if not (table[name] > 0).any())
    parts = [
        f"A: {a.name}\nB: {b.name}\nDifferences are B less A.",
        _as_text(table),
        f"{hidden} settings are the same in A and in B, and not shown." if hidden else "",
        "\n".join(compared.notes),
        together(compared.table),
        "\n".join(same_bytes(a, b)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _as_text(table: pl.DataFrame) -> str:
    if table.is_empty():
        return ""
    shown = printed(table)
    aligned = ["right" if number else "left" for number in shown.numbers]
    body = tabulate(
        shown.rows, shown.headers, tablefmt="simple", colalign=aligned, disable_numparse=True
    )
    return f"{body}\n\n{'; '.join(shown.notes)}"


def together(table: pl.DataFrame) -> str:
    """What the intervals say when all of them are looked at: some exclude 0 by chance alone."""
    paired = table.filter(pl.col("basis") != "unpaired")
    alike = paired.filter(pl.col("low_difference").is_null())
    rest = paired.height - alike.height
    lines = [f"{paired.height} paired differences, {alike.height} of them 0 at every problem."]
    if rest:
        beyond = paired.filter((pl.col("low_difference") > 0) | (pl.col("high_difference") < 0))
        apart = paired.filter(pl.col("p_family") < LEVEL)
        lines.append(
            f"{beyond.height} of the other {rest} intervals exclude 0; at most about "
            f"{LEVEL * rest:.1f} would if nothing differed but by chance."
        )
        names = [f"{row['curve']} {row['setting']}" for row in apart.iter_rows(named=True)]
        lines.append(
            f"Looked at together (step-down maxT over flipped signs, family-wise {LEVEL:.0%}), "
            f"{apart.height} differ{'' if apart.height != 1 else 's'}"
            f"{': ' + ', '.join(names) if names else ''}."
        )
    unpaired = table.height - paired.height
    if unpaired:
        lines.append(
            f"{unpaired} differences are unpaired, for only points are known of A or B: their "
            "intervals are wider than paired ones would be, and they have no part in this."
        )
    return "\n".join(lines)


def same_bytes(a: Results, b: Results) -> Iterator[str]:
    """Which tables are the same byte for byte, folder by folder."""
    if a.hashes == b.hashes:
        yield f"A and B are the same, byte for byte: all {len(a.hashes)} tables."
        return
    for part in COMPARED:
        both = sorted(name for name in a.hashes.keys() & b.hashes.keys() if _in(part, name))
        if not both:
            continue
        differ = [name for name in both if a.hashes[name] != b.hashes[name]]
        files = ", ".join(name.partition("/")[2] for name in differ)
        said = f"{part}: {len(both) - len(differ)} of {len(both)} tables are the same byte for byte"
        yield f"{said}; not {files}." if differ else f"{said}."


def _in(part: str, name: str) -> bool:
    return name.startswith(f"{part}/")
