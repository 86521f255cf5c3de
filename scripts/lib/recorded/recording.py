"""Collecting the problems and samples of a recording, row by row."""

from pathlib import Path

import polars as pl

from scripts.lib.config.pools import RecordedPool
from scripts.lib.recorded.assemble import PROBLEM_SCHEMA, SAMPLE_SCHEMA, assemble
from scripts.lib.recorded.faults import Faults, excerpt
from scripts.lib.recorded.golds import normal_gold, wanted_gold
from scripts.lib.recorded.known import KnownProblem, KnownProblems


class Recording:
    """What was read of one file so far.

    Args:
        path: the file, for error texts.
        name: name of the pool.
        pool: its settings.
        problems: a Problem table to take texts and gold answers from, or None.
    """

    def __init__(
        self, path: Path, name: str, pool: RecordedPool, problems: pl.DataFrame | None
    ) -> None:
        self.path = path
        self.name = name
        self.pool = pool
        self.faults = Faults(path)
        self.known = KnownProblems(problems)
        kinds = set() if problems is None else set(problems["answer_kind"])
        for kind in sorted(kinds - {pool.answer_kind}):
            self.faults.add(
                "",
                f"the pool's answer_kind is {pool.answer_kind!r}, that of benchmark "
                f"{pool.problems_from!r} is {kind!r}; make them the same",
            )
        self._problems: dict[str, dict[str, object]] = {}
        self._samples: list[dict[str, object]] = []

    def add_known(self, problem: KnownProblem) -> str:
        """Take over a problem of the benchmark as it stands there; return its id."""
        self._problems.setdefault(problem.problem_id, vars(problem))
        return problem.problem_id

    def add_problem(
        self,
        where: str,
        problem_id: str,
        golds: list[str],
        text: str | None = None,
        level: str | None = None,
    ) -> str:
        """Add a problem that is known from the recording only; return its id.

        Args:
            where: place in the file.
            problem_id: its id.
            golds: texts that may hold the gold answer; the first that can be read counts.
            text: the problem itself. Nobody has said that it may be shown: `publish` is "hash".
            level: its difficulty.
        """
        kind = self.pool.answer_kind
        read = (normal_gold(gold, kind) for gold in golds)
        answer = next((gold for gold in read if gold is not None), None)
        if answer is None:
            self.faults.add(
                where,
                f"problem {problem_id!r}: no gold answer (wanted: {wanted_gold(kind)}; found: "
                f"{', '.join(excerpt(gold) for gold in golds) or 'nothing'}); mend the file, the "
                f"pool's answer_kind, or name a benchmark in problems_from",
            )
            return problem_id
        row: dict[str, object] = {
            "problem_id": problem_id,
            "problem": text,
            "answer": answer,
            "level": level,
            "publish": "text" if text is None else "hash",
        }
        before = self._problems.setdefault(problem_id, row)
        if before["answer"] != answer:
            self.faults.add(
                where,
                f"problem {problem_id!r} has the gold answer {excerpt(answer)} here and "
                f"{excerpt(before['answer'])} before",
            )
        return problem_id

    def describe(self, problem_id: str, known: KnownProblem) -> None:
        """Give a recorded problem the text and level of the benchmark's, but not its gold."""
        told = {"problem": known.problem, "level": known.level, "publish": known.publish}
        if problem_id in self._problems:  # else its gold answer was at fault
            self._problems[problem_id] |= told

    def answers(self) -> dict[str, str]:
        """The gold answers so far, by problem id."""
        return {name: str(row["answer"]) for name, row in self._problems.items()}

    def add_sample(self, where: str, problem_id: str, sample: int, **columns: object) -> None:
        """Add a sample; `columns` are columns of Trace, null where they are left out."""
        row = {"wording": "recorded", **columns}
        self._samples.append({"where": where, "problem_id": problem_id, "sample": sample, **row})

    def tables(self, samples: pl.DataFrame | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The Trace and the Problem table.

        Args:
            samples: columns of SAMPLE_SCHEMA, where they were not added one by one.

        Raises:
            RecordingError: with everything that is wrong with the file.
        """
        if samples is None:
            samples = pl.DataFrame(self._samples, schema=SAMPLE_SCHEMA, orient="row")
        problems = [
            {**row, "answer_kind": self.pool.answer_kind} for row in self._problems.values()
        ]
        return assemble(
            self.path,
            self.name,
            self.pool,
            samples,
            pl.DataFrame(problems, schema=PROBLEM_SCHEMA, orient="row"),
            self.faults,
        )
