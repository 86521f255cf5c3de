"""Write the page of all keys of a study, and of claims, models and prices."""

from pathlib import Path

from pydantic import BaseModel

from scripts.lib import cli
from scripts.lib.atomic import write_text
from scripts.lib.config.claims import Claim
from scripts.lib.config.key_page import Page, write_file, write_sections
from scripts.lib.config.models import ModelFacts, Price
from scripts.lib.config.study import Study

FILES: dict[str, type[BaseModel]] = {
    "config/claims.yaml": Claim,
    "config/models.yaml": ModelFacts,
    "config/prices.yaml": Price,
}
"""Files of entries by name, besides the studies."""

HEAD = """\
# Keys of a study

Made by `make schema` from the models in `scripts/lib/config/`, as `schema.json` is, which shows the
same in an editor. A key that is not here is an error.

Names (of entries, and so of files) are lower case letters, digits and underscores. "By name" is a
mapping from a name to what stands behind it. A default that is empty means: nothing, or all there
is, as the text says. A key that names another entry (`pool: plain`) is checked before anything
runs.\
"""


def keys_text() -> str:
    """The page as it stands in config/KEYS.md."""
    page = Page()
    page.add(HEAD)
    write_sections(page, Study)
    for name, model in FILES.items():
        write_file(page, name, model)
    return page.text()


def main() -> None:
    """Read the arguments and write the file."""
    parser = cli.parser(__doc__)
    parser.add_argument("--output", type=Path, required=True)
    write_text(parser.parse_args().output, keys_text())


if __name__ == "__main__":
    cli.run(main)
