"""The table of verdicts, and the tables that evidence can be read from."""

from scripts.lib.config.claims import PRICES
from scripts.lib.curves.tables import Fit, Outcome, Point, Reference
from scripts.lib.pandera_polars import pa
from scripts.lib.table_kinds import KINDS
from scripts.lib.tables import Table

VERDICTS = ["confirmed", "refuted", "undecided", "no data"]


class Verdict(Table):
    """What one number of one study says of a claim.

    `about` is whom the number is about, `quantity` what it is; `value` with `low` and `high` at
    95 %, which are the value itself where nothing was sampled; all null without data. `interval`
    says how the limits were made. The claim is confirmed if all between them lies inside of
    `confirmed_if`, refuted if all lies outside, undecided else; `why` says what decided, or what
    it would take. `evidence` names the tables, `basis` what these hold: published points,
    recorded samples, what was measured here. `note` says what the number leaves open.
    """

    claim: str
    text: str
    source: str
    published: str
    study: str
    about: str
    quantity: str
    value: float = pa.Field(nullable=True)
    low: float = pa.Field(nullable=True)
    high: float = pa.Field(nullable=True)
    interval: str
    confirmed_if: str
    verdict: str = pa.Field(isin=VERDICTS)
    why: str
    evidence: str
    basis: str
    note: str = pa.Field(nullable=True)

    class Config(Table.Config):
        """One row a number."""

        unique = ["claim", "about", "quantity"]  # noqa: RUF012


class PriceRow(Table):
    """An entry of config/prices.yaml: dollars per token, as of a date."""

    model: str = pa.Field(unique=True)
    input: float = pa.Field(ge=0)
    cached_input: float = pa.Field(nullable=True, ge=0)
    output: float = pa.Field(ge=0)
    date: str
    source: str


PARTS: dict[str, type[Table]] = {
    "curves": Point,
    "outcomes": Outcome,
    "fits": Fit,
    "reference": Reference,
    PRICES: PriceRow,
}
"""Models of the tables of each folder."""


def model_of(table: str, kinds: dict[str, str]) -> type[Table]:
    """The model of a table.

    Args:
        table: as evidence names it.
        kinds: kinds of the tables in `tables/`, by name.
    """
    part, _, name = table.partition("/")
    return KINDS[kinds[name]] if part == "tables" else PARTS[part]
