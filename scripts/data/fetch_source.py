"""Fetch one file of data/sources.csv and check its hash.

Mirror folders come first (files named by their sha256): that of the environment variable
TTSCALE_MIRROR, then --mirror. Else the file comes by HTTP, resumed and retried, or from the
Hugging Face Hub, whose gated files need a token in the environment variable HF_TOKEN.
"""

from pathlib import Path

from scripts.lib import cli
from scripts.lib.fetch import fetch, find_source, mirror_folders


def main() -> None:
    """Read the arguments and fetch."""
    parser = cli.parser(__doc__)
    parser.add_argument("--name", required=True, help="name in the table of sources")
    parser.add_argument("--sources", type=Path, default=Path("data/sources.csv"))
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--mirror", type=Path, help="folder of files named by their sha256")
    arguments = parser.parse_args()
    source = find_source(arguments.sources, arguments.name)
    fetch(source, arguments.output, mirror_folders(arguments.mirror))


if __name__ == "__main__":
    cli.run(main)
