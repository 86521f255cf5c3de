"""Import samples that other people recorded: files in, a Trace and a Problem table out.

The formats are described at the top of their readers in scripts/lib/recorded. Both tables are
checked before either is written; a recording that is wrong anywhere changes nothing.
"""

import logging
from pathlib import Path

import polars as pl

from scripts.lib import cli
from scripts.lib.config.pools import RecordedPool
from scripts.lib.recorded.assemble import SETTING
from scripts.lib.recorded.faults import RecordingError
from scripts.lib.recorded.several import read_recordings
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Problem, Trace


def summary(traces: pl.DataFrame) -> str:
    """What an import brought, in one line."""
    nothing = pl.coalesce("answer", "text") == ""
    counts = {
        "problems": traces["problem_id"].n_unique(),
        "samples": traces.height,
        "settings": traces.select(SETTING).n_unique(),
        "without an answer": traces.filter(nothing).height,
        "cut at a limit": traces.filter(pl.col("end") == "length").height,
        "without a token count": traces["generated_tokens"].null_count(),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def import_samples(
    pool: RecordedPool,
    name: str,
    recordings: list[Path],
    problems: Path | None,
    tokenizer: str | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The checked Trace and Problem table of a recording.

    Args:
        pool: its settings.
        name: its name.
        recordings: its files.
        problems: the Problem table of `problems_from`, or None.
        tokenizer: where the tokenizer of `tokenizer` is loaded from (scripts/lib/tokens.py), or
            None.

    Raises:
        UserError: the recording, or the table of its problems, is wrong; the text says where.
    """
    _both(name, "problems_from", pool.problems_from, "--problems", problems)
    _both(name, "tokenizer", pool.tokenizer, "--tokenizer", tokenizer)
    known = read_table(Problem, problems) if problems else None
    traces, table = read_recordings(recordings, name, pool, known)
    if tokenizer is not None:
        # Imported only here: their library takes seconds to load.
        from scripts.lib.recorded.counts import with_counts  # noqa: PLC0415
        from scripts.lib.tokens import load_tokenizer  # noqa: PLC0415

        traces = with_counts(traces, load_tokenizer(tokenizer), pool.most_tokens)
    return traces, table


def _both(name: str, key: str, value: str | None, option: str, given: object) -> None:
    """Refuse a setting of the pool without its option, or the other way round."""
    if (value is None) != (given is None):
        raise RecordingError(
            f"pools.{name}.{key} is {value!r}, but {option} is "
            f"{None if given is None else str(given)!r}: give both or neither"
        )


def main() -> None:
    """Read the command line and import."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(RecordedPool), required=True)
    parser.add_argument("--pool", required=True, help="name of the pool")
    parser.add_argument("--input", type=Path, nargs="+", required=True, help="the recording")
    parser.add_argument("--problems", type=Path, help="Problem table of problems_from")
    parser.add_argument("--tokenizer", help="a folder, or REPO@REVISION, to count the texts with")
    parser.add_argument("--traces", type=Path, required=True, help="Trace table to write")
    parser.add_argument("--problems-out", type=Path, required=True, help="Problem table to write")
    args = parser.parse_args()
    names = ", ".join(map(str, args.input))
    logging.info("pool %s: reading %s as %s", args.pool, names, args.spec.format)
    traces, problems = import_samples(
        args.spec, args.pool, args.input, args.problems, args.tokenizer
    )
    write_table(Problem, problems, args.problems_out)
    write_table(Trace, traces, args.traces)
    logging.info("pool %s: %s", args.pool, summary(traces))


if __name__ == "__main__":
    cli.run(main)
