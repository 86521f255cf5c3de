"""Write the JSON schema of study files, or of the claims, which editors use to complete them."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from scripts.lib import cli
from scripts.lib.atomic import write_text
from scripts.lib.config.claims import Claims
from scripts.lib.config.study import Study

MODELS: dict[str, Any] = {"study": Study, "claims": Claims}


def schema(of: str = "study") -> dict[str, Any]:
    """The JSON schema that a model of a file makes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **TypeAdapter(MODELS[of]).json_schema(),
    }


def schema_text(of: str = "study") -> str:
    """The schema as it stands in config/."""
    return json.dumps(schema(of), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Read the arguments and write the file."""
    parser = cli.parser(__doc__)
    parser.add_argument("--of", choices=MODELS, default="study")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    write_text(args.output, schema_text(args.of))


if __name__ == "__main__":
    cli.run(main)
