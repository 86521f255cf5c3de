"""The table of differences between two sets of results."""

from scripts.lib.pandera_polars import pa
from scripts.lib.tables import Table

BASES = ["paired", "paired, several seeds", "unpaired"]


class Difference(Table):
    """One setting of a curve in A and in B; differences are B less A, with 95 % limits.

    `basis` "paired": means and limits are over the `problems` that both have; `left_out_a` and
    `left_out_b` count those that only one has. Where a point stands for several trainings the
    limits count the scatter of seeds too; where no problem differs there are none. "unpaired": only
    points are known, and `problems` is the smaller number of them; limits take the two as
    independent. `p_family` is adjusted for all paired differences of the table; null where no
    problem differs, or seeds scatter too. Dollars are those of the points: null where these are of
    other problems in A than in B.
    """

    curve: str
    curve_b: str
    benchmark: str
    setting: str
    basis: str = pa.Field(isin=BASES)
    problems: int = pa.Field(ge=1)
    left_out_a: int = pa.Field(ge=0)
    left_out_b: int = pa.Field(ge=0)
    accuracy_a: float = pa.Field(ge=0, le=1)
    accuracy_b: float = pa.Field(ge=0, le=1)
    difference: float = pa.Field(ge=-1, le=1)
    low_difference: float = pa.Field(nullable=True)
    high_difference: float = pa.Field(nullable=True)
    p_family: float = pa.Field(nullable=True, ge=0, le=1)
    tokens_a: float = pa.Field(nullable=True, ge=0)
    tokens_b: float = pa.Field(nullable=True, ge=0)
    tokens_difference: float = pa.Field(nullable=True)
    low_tokens_difference: float = pa.Field(nullable=True)
    high_tokens_difference: float = pa.Field(nullable=True)
    flops_a: float = pa.Field(nullable=True, ge=0)
    flops_b: float = pa.Field(nullable=True, ge=0)
    flops_difference: float = pa.Field(nullable=True)
    low_flops_difference: float = pa.Field(nullable=True)
    high_flops_difference: float = pa.Field(nullable=True)
    usd_a: float = pa.Field(nullable=True, ge=0)
    usd_b: float = pa.Field(nullable=True, ge=0)
    usd_difference: float = pa.Field(nullable=True)

    class Config(Table.Config):
        """One row a setting."""

        unique = ["curve", "curve_b", "setting"]  # noqa: RUF012
