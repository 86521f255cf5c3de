"""Write the JSON schema of study files, which editors use to complete and check them."""

import json
from pathlib import Path
from typing import Any

from scripts.lib import cli
from scripts.lib.atomic import write_text
from scripts.lib.config.study import Study


def schema() -> dict[str, Any]:
    """The JSON schema that the study model makes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Study.model_json_schema(),
    }


def schema_text() -> str:
    """The schema as it stands in config/schema.json."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Read the arguments and write the file."""
    parser = cli.parser(__doc__)
    parser.add_argument("--output", type=Path, required=True)
    write_text(parser.parse_args().output, schema_text())


if __name__ == "__main__":
    cli.run(main)
