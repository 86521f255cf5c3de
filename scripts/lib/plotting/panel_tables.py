"""Reading the tables that panels are drawn from, each of the kind that its panel says."""

from collections.abc import Iterable
from pathlib import Path

from scripts.lib.config.panels import Panel, kinds_of_tables
from scripts.lib.plotting.data import Tables
from scripts.lib.table_kinds import KINDS
from scripts.lib.tableio import read_table


def read_panel_tables(panels: Iterable[Panel], paths: Iterable[Path]) -> Tables:
    """Those of some files that panels draw, by their names.

    Raises:
        UserError: a file is missing or breaks its model.
    """
    kinds = {name: kind for panel in panels for name, kind in kinds_of_tables(panel).items()}
    return {
        path.stem: read_table(KINDS[kinds[path.stem]], path) for path in paths if path.stem in kinds
    }
