"""Tables of training questions, from their sources to what a selection keeps.

Read and write them through scripts.lib.tableio, as those of scripts.lib.tables.
"""

from scripts.lib.pandera_polars import pa
from scripts.lib.tables import ANSWER_KINDS, Table


class Question(Table):
    """A candidate training question; `question_id` is the first 16 hex digits of its sha256.

    `answer` is the gold answer, null where the source has none (it cannot be graded then).
    `trace` is the teacher's thinking and `attempt` the answer that followed it; both are null
    where the teacher's call failed or nobody asked it. `failure` says which call failed and how,
    null where none did. `trace_tokens` and the four columns after it are features, null until
    they are known: whether the teacher, the small and the large reference model were right, and
    the domain. `publish` "hash": its texts are for training only, and nothing that is shown may
    hold them.
    """

    question_id: str = pa.Field(unique=True, str_matches=r"^[0-9a-f]{16}$")
    source: str
    publish: str = pa.Field(isin=["text", "hash"])
    question: str
    solution: str = pa.Field(nullable=True)
    answer: str = pa.Field(nullable=True)
    answer_kind: str = pa.Field(isin=ANSWER_KINDS)
    trace: str = pa.Field(nullable=True)
    attempt: str = pa.Field(nullable=True)
    failure: str = pa.Field(nullable=True)
    trace_tokens: int = pa.Field(nullable=True, ge=0)
    correct_trace: bool = pa.Field(nullable=True)
    correct_small: bool = pa.Field(nullable=True)
    correct_large: bool = pa.Field(nullable=True)
    domain: str = pa.Field(nullable=True)


class Collected(Question):
    """Questions as a source has them: it may repeat itself, and a question_id with it."""

    question_id: str = pa.Field(str_matches=r"^[0-9a-f]{16}$")


class Kept(Table):
    """A question that a step of the curation kept, by its id: its texts stand in one table for all
    steps.
    """  # noqa: D205

    question_id: str = pa.Field(unique=True, str_matches=r"^[0-9a-f]{16}$")
    source: str


class Dropped(Table):
    """A question that a step of the curation took out, and why.

    `reason` is one of a few that the step knows; `detail` what it saw in this question (the
    shared words, the pattern, the other copy). A question of a source that repeats itself may
    stand here more than once. Where its texts may not be published, `question` says so and
    names it by its hash.
    """

    step: str
    source: str
    question_id: str = pa.Field(str_matches=r"^[0-9a-f]{16}$")
    reason: str
    detail: str
    question: str


class Funnel(Table):
    """One step of the curation: how many questions came, and how many it dropped for a reason.

    A step has a row for each of its reasons, and one without a reason for what it kept. `shown`
    is an example.
    """

    step: str
    reason: str = pa.Field(nullable=True)
    questions: int = pa.Field(ge=0)
    shown: str = pa.Field(nullable=True)
