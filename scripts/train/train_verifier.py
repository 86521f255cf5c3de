"""Train a verifier on labelled steps: token classification on the last token of each step.

Writes model.safetensors, config.json, tokenizer.json, tokenizer_config.json, training.csv,
timing.csv and held_out.csv to the output folder, all of them or none. Some problems are held out;
held_out.csv has the score of each of their labelled steps.
"""

import logging
import tempfile
from pathlib import Path

import polars as pl
from transformers.utils.logging import disable_progress_bar

from scripts.lib import cli
from scripts.lib.atomic import folder_written_whole
from scripts.lib.config.verifiers import VerifierModel
from scripts.lib.finetuning.base_model import BaseModel
from scripts.lib.search.tables import HeldOut, StepLabel
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import schema_of
from scripts.lib.training_record import write_record
from scripts.lib.verifiers.examples import Example, read_examples
from scripts.lib.verifiers.training import score_examples, train_classifier


def train_verifier(
    spec: VerifierModel, prompt: str, labels: Path, base: BaseModel, output: Path
) -> None:
    """Train the verifier and write it to the folder `output`.

    Raises:
        UserError: of the labels, the base model, the batch, or the start of the program.
    """
    tokenizer = base.tokenizer()
    table = read_table(StepLabel, labels)
    examples = read_examples(str(labels), table, spec, prompt, tokenizer)
    logging.info(
        "%d solutions to train on, %d held out; %d labels stand behind the longest length",
        len(examples.training), len(examples.held_out), examples.lost,
    )  # fmt: skip
    padding = tokenizer.pad_token_id
    if padding is None:
        padding = tokenizer.eos_token_id
    with folder_written_whole(output) as folder:
        with tempfile.TemporaryDirectory() as scratch:
            model, record = train_classifier(
                base, examples.training, spec.training, padding, Path(scratch)
            )
        scores = score_examples(model, examples.held_out, padding)
        model.save_pretrained(folder, max_shard_size="1TB")
        base.write_tokenizer(tokenizer, folder)
        write_record(record, folder)
        held_out = _held_out(table, examples.held_out, scores)
        write_table(HeldOut, held_out, folder / "held_out.csv")
    logging.info("wrote %s; %d steps held out", output, len(held_out))


def _held_out(
    labels: pl.DataFrame, examples: list[Example], scores: list[list[float]]
) -> pl.DataFrame:
    rows = [
        (example.problem_id, example.solution, step, score)
        for example, own in zip(examples, scores, strict=True)
        for step, score in zip(example.steps, own, strict=True)
    ]
    schema = schema_of(HeldOut)
    key = ["problem_id", "solution", "step"]
    scored = pl.DataFrame(
        rows, schema={name: schema[name] for name in [*key, "score"]}, orient="row"
    )
    joined = scored.join(labels, on=key, how="left", maintain_order="left")
    return joined.select(list(schema))


def main() -> None:
    """Read the arguments, train, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(VerifierModel), required=True)
    parser.add_argument("--prompt", required=True, help="text before a solution, with {problem}")
    parser.add_argument("--labels", type=cli.existing, required=True, help="StepLabel table")
    base = parser.add_mutually_exclusive_group(required=True)
    base.add_argument("--weights", type=cli.existing, help="folder of the base model")
    base.add_argument("--repo", help="or its repository on the Hub")
    parser.add_argument("--revision", help="of the repository")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    disable_progress_bar()  # type: ignore[no-untyped-call]  # the log says how far it is
    if args.repo and not args.revision:
        parser.error("--repo needs --revision")
    base_model = BaseModel(args.weights or args.repo, args.revision)
    train_verifier(args.spec, args.prompt, args.labels, base_model, args.output)


if __name__ == "__main__":
    cli.run(main)
