"""Equal candidates of a search as one, and the lines on which they then stand."""

from typing import Any

import polars as pl

Row = dict[str, Any]


def merged(segments: pl.DataFrame) -> pl.DataFrame:
    """One segment for all of a tree that hold the same up to their end; `times` says of how many.

    It goes on where one of them does, and to as many places as they do together. What is looked
    ahead is shown once. Lines are given out anew: a segment stands on that of the one before it
    where it is free, else on the nearest free one; what has come to an end keeps its own.

    Args:
        segments: a Segment table, of a search; others stay as they are, each one time.
    """
    rows = list(segments.sort("segment").iter_rows(named=True))
    groups: dict[int, list[Row]] = {}
    for row in rows:
        if row["same"] is not None:
            groups.setdefault(row["same"], []).append(row)
    if not groups:
        return segments.with_columns(times=pl.lit(1))
    first = {number: _together(group) for number, group in groups.items()}
    heads = {row["segment"]: number for number, group in groups.items() for row in group}
    kept: list[Row] = []
    for row in rows:
        if row["part"] == "prompt":
            kept.append(row | {"times": 1})
        elif row["segment"] in first:
            one = first[row["segment"]]
            kept.append(one | {"parent": heads.get(one["parent"], one["parent"])})
        elif row["part"] == "ahead" and row["parent"] in {one["segment"] for one in kept}:
            kept.append(
                row | {"times": first[row["parent"]]["times"] if row["parent"] in first else 1}
            )
    _give_lines(kept, trees=kept[0]["method"] == "dvts")
    return pl.DataFrame(kept, schema={**segments.schema, "times": pl.Int64})


def _together(group: list[Row]) -> Row:
    """What stands for equal segments: the first, with what becomes of all."""
    onward = [row["onward"] for row in group if row["onward"] is not None]
    fates = [row["fate"] for row in group]
    one = group[0] | {"times": len(group), "line": "", "onward": sum(onward) if onward else None}
    if any(row["chosen"] for row in group):
        one["chosen"] = True
    return one | ({"fate": "on"} if "on" in fates else {})


def _give_lines(rows: list[Row], *, trees: bool) -> None:
    """Set the lines of merged segments, round by round; those of each tree below each other."""
    roots: dict[int, int] = {}
    for row in rows:
        if row["round"] is not None:
            roots[row["segment"]] = roots.get(row["parent"], row["segment"] if trees else 0)
    above = 0
    for root in dict.fromkeys(roots.values()):
        own = [row for row in rows if roots.get(row["segment"]) == root]
        above += _lines_of_tree(own, above)


def _lines_of_tree(rows: list[Row], above: int) -> int:
    """Set the lines of one tree, from `above` down; how many these are."""
    lines: dict[int, int] = {}
    ended: set[int] = set()
    for number in sorted({row["round"] for row in rows}):
        taken = set(ended)
        own = [row for row in rows if row["round"] == number]
        steps = [row for row in own if row["part"] == "step"]
        steps.sort(key=lambda row: (row["fate"] != "on", lines.get(row["parent"], 0), row["place"]))
        for row in steps:
            wish = lines.get(row["parent"], 0)
            free = (line for line in range(len(rows)) if line not in taken)
            line = min(free, key=lambda line: (abs(line - wish), line))
            lines[row["segment"]], row["place"] = line, above + line
            taken.add(line)
            if row["fate"] in ("finished", "cut"):
                ended.add(line)
        for row in own:
            if row["part"] == "ahead":
                lines[row["segment"]] = lines[row["parent"]]
                row["place"] = above + lines[row["parent"]]
    return max(lines.values()) + 1
