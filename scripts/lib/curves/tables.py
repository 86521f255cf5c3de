"""Tables of difficulty bins and of what a compute-optimal curve chose.

Read and write them through scripts.lib.tableio, as those of scripts.lib.tables.
"""

import pandera.polars as pa

from scripts.lib.tables import Table


class Bin(Table):
    """The bin of one problem; bin 1 holds the easiest.

    `value` is what the bins go by, larger for easier problems: the share of right samples, or the
    mean score of a verifier. `tokens` is what was generated of the problem to find out, `flops`
    all that it took: generation, prompts, and the verifier if the bins go by its score.
    """

    problem_id: str = pa.Field(unique=True)
    bin: int = pa.Field(ge=1)
    value: float = pa.Field(ge=0, le=1)
    tokens: float = pa.Field(nullable=True, ge=0)
    flops: float = pa.Field(nullable=True, ge=0)


class Choice(Table):
    """What a compute-optimal curve chose for one half of a bin at one budget.

    `setting` is that of the curve's point; `budget` the most `cost` (tokens or flops of a problem,
    what the bins took included where the curve counts it). `chosen` and `chosen_setting` name the
    point of another curve that was best on the problems it was fitted on, `fitted_*` what it came
    to there, and the last three what it came to on those that it is scored on. `fitted_on` is "all
    bins" where the bin itself had no problem to fit on.
    """

    curve: str
    setting: str
    cost: str = pa.Field(isin=["tokens", "flops"])
    budget: float = pa.Field(gt=0)
    bin: int = pa.Field(ge=1)
    half: int = pa.Field(isin=[0, 1])
    chosen: str
    chosen_setting: str
    fitted_on: str = pa.Field(isin=["bin", "all bins"])
    fitted_problems: int = pa.Field(ge=1)
    fitted_accuracy: float = pa.Field(ge=0, le=1)
    fitted_cost: float = pa.Field(ge=0)
    problems: int = pa.Field(ge=1)
    accuracy: float = pa.Field(ge=0, le=1)
    spent: float = pa.Field(ge=0)

    class Config(Table.Config):
        """One row a budget and half of a bin."""

        unique = ["setting", "bin", "half"]  # noqa: RUF012
