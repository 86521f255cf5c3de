"""Say of every claim in config/claims.yaml what the studies that were run here make of it.

With the name of a claim: each number that speaks for or against it, its interval, and why it
confirms or refutes the claim, or does not decide.
"""

from pathlib import Path

from scripts.lib import cli
from scripts.lib.claims.overview import of_all_claims, of_one_claim
from scripts.lib.claims.tables import Verdict
from scripts.lib.config.load import load_claims
from scripts.lib.config.undefined import undefined
from scripts.lib.errors import UserError
from scripts.lib.tableio import read_table


def main() -> None:
    """Read the arguments and the verdicts, print."""
    parser = cli.parser(__doc__)
    parser.add_argument("claim", nargs="?", help="name of one claim; all of them if left out")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of results")
    args = parser.parse_args()
    claims = load_claims()
    studies = {evidence.study for claim in claims.values() for evidence in claim.evidence}
    files = {study: args.results / study / "verdicts.csv" for study in sorted(studies)}
    judged = {study: read_table(Verdict, path) for study, path in files.items() if path.exists()}
    if args.claim is None:
        print("\n".join(of_all_claims(claims, judged)), end="")
        return
    for line in undefined("claim", args.claim, claims):
        raise UserError(line)
    print("\n".join(of_one_claim(args.claim, claims[args.claim], judged)))


if __name__ == "__main__":
    cli.run(main)
