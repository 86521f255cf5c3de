"""What the page is made of besides Python: its own script and style, which stand in it whole."""

from pathlib import Path

FOLDER = Path("scripts/lib/page")
TEMPLATE = FOLDER / "page.html"
STYLE = FOLDER / "page.css"
SCRIPTS = tuple(
    FOLDER / f"{name}.js"
    for name in (
        *("dom", "unpack", "scales", "marks", "chart", "points", "panel", "figures"),
        *("trace", "matrix", "reader", "records", "main"),
    )
)
"""In the order in which they stand in the page."""


def assets() -> list[str]:
    """Their paths, as inputs of a rule."""
    return [str(path) for path in (TEMPLATE, STYLE, *SCRIPTS)]
