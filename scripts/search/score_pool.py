"""Score every step of a pool's samples with a verifier and write a Step table.

Samples are cut at the separator: by their token ids where they were drawn here, by their text where
they were recorded. A sample without text has no rows. Every score is appended to a journal, so that
a job that was killed reads only what is missing.
"""

import logging
import sys
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import TypeAdapter
from tqdm import tqdm

from scripts.lib import cli
from scripts.lib.config.models import Verifier
from scripts.lib.search.scoring import Splitter, score_samples
from scripts.lib.search.steps import separator_ids
from scripts.lib.search.tables import Step
from scripts.lib.tableio import empty_table, read_table, write_table
from scripts.lib.tables import SAMPLE_KEY, Problem, Trace
from scripts.lib.tokens import load_tokenizer
from scripts.lib.verifiers.open import open_verifier


def written(tokenizer: Any, token_ids: tuple[int, ...]) -> str:
    """A step as its model wrote it: without the special token that ended it, if one did."""
    if token_ids and token_ids[-1] in tokenizer.all_special_ids:
        token_ids = token_ids[:-1]
    return str(tokenizer.decode(list(token_ids), clean_up_tokenization_spaces=False))


def main() -> None:
    """Read the arguments, score, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--pool", required=True, help="its name")
    parser.add_argument("--verifier", required=True, help="its name")
    parser.add_argument("--verifier-spec", type=TypeAdapter(Verifier).validate_json, required=True)
    parser.add_argument("--verifier-weights", type=cli.existing, help="its folder, if made here")
    parser.add_argument("--separator", required=True, help="what ends a step")
    parser.add_argument(
        "--tokenizer", help="of the model that was sampled: a folder, or REPO@REVISION"
    )
    parser.add_argument(
        "--prompts", type=TypeAdapter(dict[str, str]).validate_json, default={}, help="by wording"
    )
    parser.add_argument("--problems", type=cli.existing, required=True, help="Problem table")
    parser.add_argument("--traces", type=cli.existing, required=True, help="Trace table")
    parser.add_argument("--journal", type=Path, required=True, help="folder of the journal")
    parser.add_argument("--output", type=Path, required=True, help="Step table to write")
    args = parser.parse_args()
    tokenizer = load_tokenizer(args.tokenizer) if args.tokenizer else None
    splitter = Splitter(args.separator, None, None)
    if tokenizer is not None:
        ends = separator_ids(tokenizer, args.separator)
        splitter = Splitter(args.separator, ends, partial(written, tokenizer))
    verifier = open_verifier(args.verifier_spec, args.verifier_weights, tokenizer, args.journal)
    traces = read_table(Trace, args.traces)
    parts = [empty_table(Step)]
    with tqdm(total=len(traces), unit="sample", file=sys.stderr, disable=None) as progress:
        for part in score_samples(
            traces, read_table(Problem, args.problems), args.prompts, verifier, args.verifier,
            splitter,
        ):  # fmt: skip
            parts.append(part)
            progress.update(part.select(SAMPLE_KEY).n_unique())
    table = pl.concat(parts)
    write_table(Step, table, args.output)
    scored = table.select(SAMPLE_KEY).n_unique()
    logging.info(
        "%s: %d steps of %d samples, %s tokens read; %d samples have no text",
        args.output, len(table), scored, f"{table['tokens'].sum():,}", len(traces) - scored,
    )  # fmt: skip


if __name__ == "__main__":
    cli.run(main)
