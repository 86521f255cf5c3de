"""The table that tells a method's work on one problem segment by segment.

Read and write it through scripts.lib.tableio, as those of scripts.lib.tables.
"""

from scripts.lib.pandera_polars import pa
from scripts.lib.tables import Table

PARTS = ["prompt", "thinking", "answer", "step", "ahead", "forced", "wait"]
"""ahead: a step that a search looks ahead and throws away. forced: appended where thinking opens or
ends by force. wait: appended where the model would have ended its thinking."""
FATES = ["on", "dropped", "duplicate", "looked", "finished", "cut", "refused"]
"""on: something goes on from it. dropped: a candidate that a search gives up; duplicate: the same,
where one with equal tokens goes on. looked: looked ahead, and thrown away. finished: the model
ended it; cut: a limit did. refused: a finished draw that rejection sampling throws away."""


class Segment(Table):
    """A stretch of tokens: a prompt, a step, a thinking, an answer, or what was put between them.

    `place` is the line on which it is drawn: a candidate's, a sample's, an attempt's or that of a
    setting, which `line` names. `parent` is the segment that it goes on from, null of a beginning.
    `start` are the tokens that had to be read or generated before it, one after another, prompt
    included. `tokens` stand in the text, the first `forced` of them appended by force; `generated`
    counts what the model wrote for it, ends that were taken away again included. `read` are a
    verifier's tokens of it, `score` what the verifier said, `value` what the candidate was compared
    by and `onward` how many candidates go on from it, each null where nothing of the kind was done.
    `same` is the first segment of its tree that holds the same up to its end, itself if none was
    before it; null where nothing is searched. `limit` are the most tokens of thinking that a budget
    allows here. `text` is null where it is long or may not be published. `answer` and what follows
    are null but in the last segment of what came to an end: `answer` is hashed where the problem
    is, unless it is the letter of a choice, `answer_class` numbers equal answers, null for none,
    `weight` is what its vote counts, null where nobody votes, and `chosen` says whether its answer
    is that of the whole. Of the first prompt, `text` is the problem and `answer` what is right.
    """

    anatomy: str
    pool: str
    benchmark: str
    problem_id: str
    method: str
    segment: int = pa.Field(ge=0, unique=True)
    parent: int = pa.Field(nullable=True, ge=0)
    place: int = pa.Field(ge=0)
    line: str
    round: int = pa.Field(nullable=True, ge=1)
    part: str = pa.Field(isin=PARTS)
    start: int = pa.Field(ge=0)
    tokens: int = pa.Field(ge=0)
    forced: int = pa.Field(ge=0)
    generated: int = pa.Field(ge=0)
    read: int = pa.Field(ge=0)
    score: float = pa.Field(nullable=True, ge=0, le=1)
    value: float = pa.Field(nullable=True, ge=0, le=1)
    onward: int = pa.Field(nullable=True, ge=0)
    same: int = pa.Field(nullable=True, ge=0)
    limit: int = pa.Field(nullable=True, ge=0)
    fate: str = pa.Field(isin=FATES)
    text: str = pa.Field(nullable=True)
    answer: str = pa.Field(nullable=True)
    answer_class: int = pa.Field(nullable=True, ge=0)
    correct: bool = pa.Field(nullable=True)
    weight: float = pa.Field(nullable=True, ge=0)
    chosen: bool = pa.Field(nullable=True)
