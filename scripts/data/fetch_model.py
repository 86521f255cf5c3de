"""Fetch a published model into the cache of the Hub's client, where jobs load it from.

Only safetensors, configuration and tokenizer are fetched, at a pinned revision; with `--part
tokenizer` the tokenizer alone. The record says which files came. Gated models need a token in the
environment variable HF_TOKEN, of an account that has accepted their terms.
"""

import json
import logging
from pathlib import Path
from typing import get_args

from scripts.lib import cli
from scripts.lib.atomic import write_text
from scripts.lib.published import Part, fetch, record


def main() -> None:
    """Read the arguments, fetch, write the record."""
    parser = cli.parser(__doc__)
    parser.add_argument("--repo", required=True, help="OWNER/NAME on the Hub")
    parser.add_argument("--revision", required=True, help="branch, tag or commit")
    parser.add_argument("--part", choices=get_args(Part), default="weights")
    parser.add_argument("--output", type=Path, help="record to write")
    args = parser.parse_args()
    folder = fetch(args.repo, args.revision, args.part)
    fetched = record(args.repo, args.revision, args.part, folder)
    size = sum(file["bytes"] for file in fetched["files"])
    logging.info("%s: %d files, %.2f GB", folder, len(fetched["files"]), size / 1e9)
    if args.output is not None:
        write_text(args.output, json.dumps(fetched, indent=2) + "\n")


if __name__ == "__main__":
    cli.run(main)
