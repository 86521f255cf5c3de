"""Train the tiny base model of a study from scratch on traces of the chains benchmark.

Writes model.safetensors, config.json, generation_config.json, tokenizer.json,
tokenizer_config.json, training.csv and timing.csv to the output folder, all of them or none.
Questions of the tables given with --exclude are not trained on, in whatever notation they are
asked.
"""

import argparse
import json
import logging
import re
import tempfile
from pathlib import Path

from transformers import GenerationConfig

from scripts.lib import cli
from scripts.lib.atomic import folder_written_whole
from scripts.lib.chains.corpus import draw_examples, encode_examples
from scripts.lib.chains.excluded import asked_chains
from scripts.lib.chains.problems import Chain
from scripts.lib.chains.tokenizer import CHARACTERS, build_tokenizer, unknown_characters
from scripts.lib.config.models import TrainedModel
from scripts.lib.errors import UserError
from scripts.lib.training import active_parameters, build_model, train
from scripts.lib.training_record import write_record


class ContextTooShortError(UserError):
    """Some training examples are longer than the model's context."""


class UnknownCharactersError(UserError):
    """A prompt holds characters that the tokenizer would lose."""


def train_base(
    spec: TrainedModel, prompts: dict[str, str], excluded: set[Chain], output: Path
) -> None:
    """Train the model and write it to the folder `output`.

    Raises:
        UnknownCharactersError: a prompt cannot be spelt.
        ContextTooShortError: the examples do not fit the model.
    """
    spelt = {
        name: unknown_characters(re.sub(r"{(problem|asked|attempt)}", "", text))
        for name, text in sorted(prompts.items())
    }
    lost = [f"prompts.{name}: cannot spell {text!r}" for name, text in spelt.items() if text]
    if lost:
        raise UnknownCharactersError("\n".join([*lost, f"use only {CHARACTERS!r}"]))
    tokenizer = build_tokenizer(spec.architecture.context)
    rows = encode_examples(draw_examples(spec.corpus, prompts, excluded), tokenizer)
    longest = max(len(row["input_ids"]) for row in rows)
    if longest > spec.architecture.context:
        raise ContextTooShortError(
            f"architecture.context: {spec.architecture.context} tokens, and the longest training "
            f"example has {longest}; raise it, or list shorter chains or fewer waits in corpus"
        )
    model = build_model(spec.architecture, tokenizer, spec.training.seed)
    logging.info(
        "%d examples of up to %d tokens, %d excluded questions, %d parameters",
        len(rows),
        longest,
        len(excluded),
        active_parameters(model),
    )
    with folder_written_whole(output) as folder:
        with tempfile.TemporaryDirectory() as scratch:
            record = train(model, tokenizer, rows, spec.training, Path(scratch))
        model.config.use_cache = True
        model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
            do_sample=True,
            temperature=1.0,
            top_k=0,
            top_p=1.0,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder, save_jinja_files=False)
        write_record(record, folder)
    logging.info("wrote %s", output)


def _prompts(text: str) -> dict[str, str]:
    """An argparse type: prompt texts by name, as JSON."""
    prompts = json.loads(text)
    if not isinstance(prompts, dict) or not all(isinstance(p, str) for p in prompts.values()):
        raise argparse.ArgumentTypeError("prompts must be a JSON object of texts")
    return prompts


def main() -> None:
    """Read the arguments, train, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(TrainedModel), required=True)
    parser.add_argument("--prompts", type=_prompts, required=True)
    parser.add_argument("--exclude", type=Path, nargs="*", default=[])
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    excluded = set(asked_chains(arguments.exclude).values())
    train_base(arguments.spec, arguments.prompts, excluded, arguments.output)


if __name__ == "__main__":
    cli.run(main)
