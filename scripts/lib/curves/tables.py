"""Tables of difficulty bins.

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
