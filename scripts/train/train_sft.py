"""Fine-tune a base model on a selection of questions with the teacher's traces, or on pairs of
attempts, of which the right one follows the wrong one.

Writes model.safetensors, config.json, generation_config.json, tokenizer.json,
tokenizer_config.json, training.csv, timing.csv and examples.csv to the output folder, all of
them or none. A training that was killed goes on from its last checkpoint; started by
`accelerate launch` or `torchrun`, it uses all their processes. The global batch stays the same.
"""  # noqa: D205

import logging
import os
from contextlib import nullcontext
from pathlib import Path

from transformers.utils.logging import disable_progress_bar

from scripts.lib import cli
from scripts.lib.atomic import folder_written_whole
from scripts.lib.config.models import TunedModel
from scripts.lib.finetuning.base_model import BaseModel, BaseModelError
from scripts.lib.finetuning.examples import Examples, read_examples
from scripts.lib.finetuning.pair_examples import read_pairs
from scripts.lib.finetuning.trainer import fine_tune, identity_of, save_weights
from scripts.lib.questions.tables import Question
from scripts.lib.tableio import make_table, read_table, write_table
from scripts.lib.training_record import write_record
from scripts.lib.training_tables import RevisionPair, TrainingSet


class ContextTooShortError(BaseModelError):
    """Some examples are longer than the base model's context."""


def train_sft(
    spec: TunedModel,
    prompt: str,
    data: Path,
    base: BaseModel,
    checkpoints: Path,
    output: Path,
) -> None:
    """Train the model and write it to the folder `output`.

    `data` is the Question table of its selection, or the RevisionPair table of its pairs.

    Raises:
        UserError: of the data, the base model, the batch, or the start of the program.
    """
    tokenizer = base.tokenizer()
    if spec.revisions is None:
        examples = read_examples(read_table(Question, data), data, spec, prompt, tokenizer)
    else:
        examples = read_pairs(read_table(RevisionPair, data), data, spec, prompt, tokenizer)
    _check_context(base, examples)
    settings = spec.training
    identity = identity_of(
        settings.model_dump_json(exclude={"launch"}), examples.rows, base.identity()
    )
    _tell(examples)
    tuned = fine_tune(base, tokenizer, examples.rows, settings, checkpoints, identity)
    first = tuned.trainer.is_world_process_zero()
    with folder_written_whole(output) if first else nullcontext() as folder:
        save_weights(tuned, folder)
        if folder is not None:
            base.write_tokenizer(tokenizer, folder)
            write_record(tuned.record, folder)
            row: dict[str, object] = {
                "examples": len(examples.rows),
                "cut": examples.cut,
                "left_out": len(examples.left_out),
                "longest": examples.longest,
                "tokens": examples.tokens,
            }
            write_table(TrainingSet, make_table(TrainingSet, [row]), folder / "examples.csv")
    if first:
        tuned.checkpoints.remove()
        logging.info("wrote %s", output)
    tuned.trainer.accelerator.wait_for_everyone()
    tuned.trainer.accelerator.end_training()


def _check_context(base: BaseModel, examples: Examples) -> None:
    context = base.config().get_text_config().max_position_embeddings
    longest = max(len(row["input_ids"]) for row in examples.rows)
    if longest > context:
        raise ContextTooShortError(
            f"training.max_length lets examples have {longest} tokens, and {base.name} takes "
            f"{context}; set it to {context} or less"
        )


def _tell(examples: Examples) -> None:
    """Say what the training is given, and what of it was lost."""
    if int(os.environ.get("RANK", "0")):
        return
    given = len(examples.rows)
    logging.info(
        "%d examples of up to %d tokens, %d (%.1f %%) of them cut at their end",
        given,
        examples.longest,
        examples.cut,
        100 * examples.cut / given,
    )
    if examples.left_out:
        logging.warning(
            "%d examples left out, because their prompt alone is training.max_length tokens: %s",
            len(examples.left_out),
            ", ".join(examples.left_out),
        )


def main() -> None:
    """Read the arguments, train, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(TunedModel), required=True)
    parser.add_argument("--prompt", required=True, help="text of the wording")
    data = parser.add_mutually_exclusive_group(required=True)
    data.add_argument("--questions", type=cli.existing, help="Question table")
    data.add_argument("--pairs", type=cli.existing, help="or RevisionPair table")
    base = parser.add_mutually_exclusive_group(required=True)
    base.add_argument("--weights", type=cli.existing, help="folder of the base model")
    base.add_argument("--repo", help="or its repository on the Hub")
    parser.add_argument("--revision", help="of the repository")
    parser.add_argument("--checkpoints", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    disable_progress_bar()  # type: ignore[no-untyped-call]  # the log says how far it is
    if arguments.repo and not arguments.revision:
        parser.error("--repo needs --revision")
    train_sft(
        arguments.spec,
        arguments.prompt,
        arguments.questions or arguments.pairs,
        BaseModel(arguments.weights or arguments.repo, arguments.revision),
        arguments.checkpoints,
        arguments.output,
    )


if __name__ == "__main__":
    cli.run(main)
