"""The tables that stand between two jobs: one pandera model each; here those of samples.

Read and write them through `scripts.lib.tableio` only, which checks them both times.
Costs and tokens are per row unless a column says otherwise; tokens are counted by the
tokenizer of the model that made them; `usd` and `flops` are null where they are unknown.
"""

from typing import Any

import polars as pl

from scripts.lib.pandera_polars import pa

ANSWER_KINDS = ["integer", "math", "choice"]
ENDS = ["stop", "length", "refusal"]
ORIGINS = ["measured", "recorded", "log", "table", "vector", "digitised", "text"]
"""Where a value is from: computed here, from samples of others, or published in some form."""


class Table(pa.DataFrameModel):
    """Strict and ordered: a column too many, too few or out of place is an error."""

    class Config:
        """Pandera's own switches."""

        strict = True
        ordered = True
        coerce = False


class Source(Table):
    """A file that is fetched by URL and checked by its hash (`data/sources.csv`).

    `sha256` and `bytes` are null only for gated files that nobody may redistribute. `publish`
    says whether the file's texts may appear in shared results, or only their hashes.
    """

    name: str = pa.Field(unique=True, str_matches=r"^[\w./-]+$")
    url: str = pa.Field(str_matches=r"^(https|hf)://")
    revision: str
    sha256: str = pa.Field(nullable=True, str_matches=r"^[0-9a-f]{64}$")
    bytes: int = pa.Field(nullable=True, ge=1)
    licence: str
    publish: str = pa.Field(isin=["text", "hash"])
    citation: str
    holds: str


class Problem(Table):
    """A benchmark problem. `problem` is null where a recording kept answers only."""

    benchmark: str
    problem_id: str
    problem: str = pa.Field(nullable=True)
    answer: str
    answer_kind: str = pa.Field(isin=ANSWER_KINDS)
    level: str = pa.Field(nullable=True)
    publish: str = pa.Field(isin=["text", "hash"])

    class Config(Table.Config):
        """One row a problem."""

        unique = ["benchmark", "problem_id"]  # noqa: RUF012


class SampleKey(Table):
    """What tells one sample of a pool from all others: the first columns of its tables.

    `wording` names the prompt (of a revision, that of the first attempt), `asked` the budget it
    asks for (tokens, or steps), `effort` the reasoning effort asked of an API. `budget` is the
    most thinking tokens that budget forcing allows, null where it sets no limit; `waits` how
    often the model was made to go on (a wait appended, a revision asked for), null where nothing
    of the kind is done. `beams` is how many candidates the search held that the sample is from,
    null where nothing was searched.
    """

    pool: str
    benchmark: str
    problem_id: str
    wording: str
    asked: int = pa.Field(nullable=True, ge=1)
    effort: str = pa.Field(nullable=True)
    sample: int = pa.Field(ge=0)
    budget: int = pa.Field(nullable=True, ge=0)
    waits: int = pa.Field(nullable=True, ge=0)
    beams: int = pa.Field(nullable=True, ge=1)


SAMPLE_KEY = list(SampleKey.to_schema().columns)


class Trace(SampleKey):
    """One sample of a pool.

    `generated_tokens` counts everything generated, hidden reasoning included; `thinking_tokens`
    the part between the delimiters of thinking, or all after the first where the second never
    comes, null where nobody tells thinking and answer apart. `token_ids` and `text` are null
    where a service hides them or a recording dropped them; `answer` is an answer that the
    recording already extracted, else null. `forced_tokens` are those in `token_ids` that were
    appended by force and not generated (waits, the end of thinking), which `generated_tokens`
    does not count; `wait_positions` the places in `token_ids` where a wait was appended. `usd`
    is what the service billed.
    """

    seed: int = pa.Field(nullable=True)
    request_key: str = pa.Field(nullable=True, str_matches=r"^[0-9a-f]{64}$")
    prompt_tokens: int = pa.Field(nullable=True, ge=0)
    cached_tokens: int = pa.Field(nullable=True, ge=0)
    generated_tokens: int = pa.Field(nullable=True, ge=0)
    thinking_tokens: int = pa.Field(nullable=True, ge=0)
    token_ids: pl.List(pl.Int64) = pa.Field(nullable=True)  # type: ignore[valid-type]
    text: str = pa.Field(nullable=True)
    answer: str = pa.Field(nullable=True)
    end: str = pa.Field(isin=ENDS)
    forced_tokens: int = pa.Field(ge=0)
    wait_positions: pl.List(pl.Int64)  # type: ignore[valid-type]
    usd: float = pa.Field(nullable=True, ge=0)

    class Config(Table.Config):
        """One row a sample."""

        unique = SAMPLE_KEY


class Answer(SampleKey):
    """One graded answer. `answer` null: none was found; `answer_class` numbers, within a
    problem, the answers that are equal to each other (null for none). `graded` says how the
    verdict came about: equal, different, none, timeout, memory or unreadable.
    """  # noqa: D205

    thinking_tokens: int = pa.Field(nullable=True, ge=0)
    answer_tokens: int = pa.Field(nullable=True, ge=0)
    text: str = pa.Field(nullable=True)
    answer: str = pa.Field(nullable=True)
    answer_class: int = pa.Field(nullable=True, ge=0)
    correct: bool
    graded: str = pa.Field(isin=["equal", "different", "none", "timeout", "memory", "unreadable"])

    class Config(Table.Config):
        """One row a sample."""

        unique = SAMPLE_KEY


class Cost(SampleKey):
    """What a row cost. `prompt_flops` stands apart from `flops` (generation and verifier),
    because samples that share a prompt pay for it once. `serial_tokens` is the longest chain
    of generated tokens that had to follow each other. `verifier_tokens` are those that a verifier
    read, `verifier_flops` the part of `flops` that it took.

    A search is the cost of its candidates together: each carries what was generated and read in
    its place, that of candidates which were given up included.
    """  # noqa: D205

    prompt_tokens: int = pa.Field(nullable=True, ge=0)
    cached_tokens: int = pa.Field(nullable=True, ge=0)
    generated_tokens: int = pa.Field(nullable=True, ge=0)
    serial_tokens: int = pa.Field(nullable=True, ge=0)
    verifier_tokens: int = pa.Field(ge=0)
    prompt_flops: float = pa.Field(nullable=True, ge=0)
    verifier_flops: float = pa.Field(nullable=True, ge=0)
    flops: float = pa.Field(nullable=True, ge=0)
    usd: float = pa.Field(nullable=True, ge=0)
    peak_bytes: int = pa.Field(nullable=True, ge=0)

    class Config(Table.Config):
        """One row a sample."""

        unique = SAMPLE_KEY


def schema_of(model: type[Table]) -> dict[str, Any]:
    """Column names of a table, in order, with their polars types."""
    return {name: column.dtype.type for name, column in model.to_schema().columns.items()}
