"""Samples of a pool for the page: an index that says what there is, and blocks of problems.

The index is small and stands in the page as it is; the blocks hold the texts, packed, and are
unpacked one at a time, when somebody reads them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from scripts.lib.config.page import Page
from scripts.lib.page.cutting import Cutter
from scripts.lib.page.reading import read_rows
from scripts.lib.page.spec import ReadPool
from scripts.lib.problems import shown
from scripts.lib.search.tables import Step
from scripts.lib.shown_answers import shown_answer
from scripts.lib.tableio import read_part, read_table
from scripts.lib.tables import SAMPLE_KEY, Answer, Problem, Trace

SETTING = ["wording", "asked", "effort", "budget", "waits", "beams"]
"""What tells the settings of a pool apart."""
NUMBERS = ["seed", "generated_tokens", "thinking_tokens", "forced_tokens", "end"]
GRADES = ["answer", "correct", "graded"]
BLOCK_LETTERS = 1_000_000
"""A block ends with the problem that takes its texts beyond this."""

Data = dict[str, Any]


@dataclass
class PoolTables:
    """Where the tables of a pool lie. `scores` are Step tables of those that scored its samples."""

    name: str
    traces: Path = Path()
    answers: Path = Path()
    problems: Path = Path()
    scores: list[Path] = field(default_factory=list)
    tokenizer: str | None = None


class PoolPages:
    """The samples of one pool.

    Args:
        spec: the pool's entry.
        files: its tables.
        page: how much to take.

    Raises:
        TableError: a table is missing or breaks its model.
    """

    def __init__(self, spec: ReadPool, files: PoolTables, page: Page) -> None:
        self._spec, self._files = spec, files
        traces = read_part(Trace, files.traces, [*SAMPLE_KEY, *NUMBERS])
        answers = read_part(Answer, files.answers, [*SAMPLE_KEY, *GRADES])
        both = traces.join(answers, on=SAMPLE_KEY, how="left", nulls_equal=True)
        problems = read_table(Problem, files.problems)
        there = both["problem_id"].unique(maintain_order=True)
        self._problems = problems.filter(pl.col("problem_id").is_in(there.implode()))
        self.hidden = bool((self._problems["publish"] == "hash").any())
        self._settings = (
            both.select(SETTING).unique(maintain_order=True).sort(SETTING, nulls_last=True)
        )
        numbered = self._settings.with_row_index("setting")
        self._all = both.join(numbered, on=SETTING, how="left", nulls_equal=True)
        bounded = self._bounded(page)
        wanted = [*SAMPLE_KEY, "text", "wait_positions"]
        texts = read_rows(Trace, files.traces, wanted, bounded.select(SAMPLE_KEY))
        self._kept = bounded.join(
            texts, on=SAMPLE_KEY, how="left", nulls_equal=True, maintain_order="left"
        )
        self._scorers, self._scores = _scores(files.scores, bounded.select(SAMPLE_KEY))

    def _bounded(self, page: Page) -> pl.DataFrame:
        kept = self._all
        if page.problems != "all":
            first = self._problems["problem_id"].head(page.problems)
            kept = kept.filter(pl.col("problem_id").is_in(first.implode()))
        if page.samples != "all":
            place = pl.col("sample").rank("ordinal").over("problem_id", "setting")
            kept = kept.filter(place <= page.samples)
        return kept.sort("setting", "sample", maintain_order=True)

    def blocks(self) -> Iterator[Data]:
        """The problems whose samples are kept, in blocks; each says which they are."""
        files = self._files
        cutter = Cutter(self._spec, files.tokenizer, files.traces, self._kept, self._scores)
        by_problem = self._kept.partition_by("problem_id", as_dict=True)
        problems: list[Data] = []
        letters = 0
        for row in self._problems.iter_rows(named=True):
            rows = by_problem.get((row["problem_id"],))
            if rows is None:
                continue
            problems.append(self._problem(row, rows, cutter))
            letters += int(rows["text"].str.len_chars().sum() or 0) + 100 * rows.height
            if letters > BLOCK_LETTERS:
                yield {"problems": problems}
                problems, letters = [], 0
        if problems:
            yield {"problems": problems}

    def _problem(self, row: Data, rows: pl.DataFrame, cutter: Cutter) -> Data:
        publish = row["publish"]
        hidden = publish == "hash"
        # Seeds have more digits than JavaScript's numbers.
        told = rows.select("setting", "sample", *NUMBERS, *GRADES).with_columns(
            pl.col("seed").cast(pl.String)
        )
        columns = told.to_dict(as_series=False)
        texts: list[Any] = [None] * rows.height
        kind = row["answer_kind"]
        columns["answer"] = [shown_answer(one, kind, publish) for one in columns["answer"]]
        if not hidden:
            texts = [cutter.pieces(one) for one in rows.iter_rows(named=True)]
        return {
            "id": row["problem_id"],
            "text": None if row["problem"] is None else shown(row["problem"], publish),
            "answer": None if hidden else row["answer"],
            "level": row["level"],
            "hidden": hidden,
            "samples": {**columns, "text": texts},
        }

    def index(self, blocks: list[tuple[str, list[str]]]) -> Data:
        """What the reader knows of the pool before it unpacks anything.

        Args:
            blocks: the id of each block in the page, with the problems that it holds.
        """
        counts = self._all.group_by("problem_id", "setting").agg(
            right=pl.col("correct").sum(), of=pl.len()
        )
        by_place = {(p, s): (right, of) for p, s, right, of in counts.iter_rows()}
        problems = [problem for _, held in blocks for problem in held]
        settings = range(self._settings.height)
        none = (0, 0)
        open_ = self._problems.filter(pl.col("publish") != "hash")
        return {
            "name": self._files.name,
            **self._spec.model_dump(include={"model", "benchmark", "kind"}),
            "settings": self._settings.rows(named=True),
            "problems": problems,
            "blocks": [[name, len(held)] for name, held in blocks],
            "right": [[by_place.get((p, s), none)[0] for p in problems] for s in settings],
            "of": [[by_place.get((p, s), none)[1] for p in problems] for s in settings],
            "scorers": self._scorers,
            "samples": self._all.height,
            "kept": self._kept.height,
            "texts": self._kept.join(open_, on="problem_id", how="semi")["text"].count(),
            "all_problems": self._problems.height,
            "hidden": self.hidden,
        }


def _scores(paths: list[Path], kept: pl.DataFrame) -> tuple[list[str], Data]:
    """Who scored, and for each of these samples, by its key, the scores of its steps: one for each
    scorer.
    """  # noqa: D205
    columns = [*SAMPLE_KEY, "step", "score", "scorer"]
    tables = [read_rows(Step, path, columns, kept) for path in paths]
    every = pl.concat(tables) if tables else pl.DataFrame()
    scorers = every["scorer"].unique().sort().to_list() if tables else []
    found: dict[Any, dict[int, list[float | None]]] = {}
    for *key, step, score, scorer in every.iter_rows():
        of_sample = found.setdefault(tuple(key), {})
        of_step = of_sample.setdefault(step, [None] * len(scorers))
        of_step[scorers.index(scorer)] = float(f"{score:.3g}")
    return scorers, found
