"""A whole study file, with every name in it checked."""

from typing import Literal

from pydantic import Field, model_validator

from scripts.lib.config.anatomies import Anatomy
from scripts.lib.config.base import Name, Strict
from scripts.lib.config.benchmarks import Benchmark, SourceBenchmark
from scripts.lib.config.bins import Bins
from scripts.lib.config.curves import Curve
from scripts.lib.config.figures import Figure
from scripts.lib.config.models import Model, ReleasedModel
from scripts.lib.config.names import problems_of
from scripts.lib.config.page import Page
from scripts.lib.config.pools import Pool, RecordedPool
from scripts.lib.config.questions import (
    FileQuestions,
    Questions,
    ReleasedSelection,
    Selection,
)
from scripts.lib.config.study_tables import StudyTable
from scripts.lib.config.verifiers import Labels


class Released(Strict):
    """What others have published of what the study would make."""

    models: dict[Name, ReleasedModel] = Field(default_factory=dict)
    """By the names of models that the study fine-tunes."""
    selections: dict[Name, ReleasedSelection] = Field(default_factory=dict)
    """By the names of selections."""


class Study(Strict):
    """One study: problem sets, questions, models, pools, curves, figures, tables."""

    study: Name
    """Results go to results/{study}/."""
    title: str
    """One line that says what it is."""
    samples: Literal["built", "pulled"] = "built"
    """built: what is missing is trained, sampled and searched for. pulled: no rule does that;
    samples and models are those that DVC fetched (`make pull`), and only curves, tables and figures
    are made of them. `--config samples=pulled` says so for one run."""
    mirror: str | None = None
    """Folder with fetched files named by sha256, looked at before any URL; the environment
    variable TTSCALE_MIRROR goes before it."""
    weights: Literal["built", "released"] = "built"
    """released: nothing is trained; models that are published (`released.models`) come from the
    Hub, and what rests on others is left out."""
    data: Literal["curated", "released"] = "curated"
    """released: nothing is curated; selections that are published (`released.selections`) come
    from the Hub, and what rests on others is left out."""
    released: Released = Released()
    """What others have published of what the study would make; for `weights` and `data`."""
    bootstrap: int = Field(default=10_000, ge=100)
    """Draws of every bootstrap."""
    benchmarks: dict[Name, Benchmark] = Field(default_factory=dict)
    """Problem sets."""
    models: dict[Name, Model] = Field(default_factory=dict)
    """Models that samples are drawn from, and verifiers that score them."""
    prompts: dict[Name, str] = Field(default_factory=dict)
    """Prompt texts with {problem}, and {asked} where a budget is asked for; for revisions with
    {attempt} too."""
    questions: Questions | None = None
    """Training questions, and how they are curated."""
    selections: dict[Name, Selection] = Field(default_factory=dict)
    """Training sets chosen from them."""
    labels: dict[Name, Labels] = Field(default_factory=dict)
    """Steps of solutions with labels, which verifiers are trained on."""
    pools: dict[Name, Pool] = Field(default_factory=dict)
    """Samples, which curves draw on: what is drawn once serves all of them."""
    bins: dict[Name, Bins] = Field(default_factory=dict)
    """Problems in bins by difficulty, which compute-optimal curves choose by."""
    curves: dict[Name, Curve] = Field(default_factory=dict)
    """Each a table of points, and a line in figures. A curve's name begins with its method."""
    anatomies: dict[Name, Anatomy] = Field(default_factory=dict)
    """What methods did with one problem, for figures that explain them."""
    figures: dict[Name, Figure] = Field(default_factory=dict)
    """Panels with a caption."""
    tables: dict[Name, StudyTable] = Field(default_factory=dict)
    """Tables that compare curves or sizes, or sum up a training."""
    page: Page = Page()
    """What its page, results/{study}/index.html, holds of its samples."""

    @model_validator(mode="after")
    def _names_meet(self) -> "Study":
        problems = problems_of(self)
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def sources(self) -> list[str]:
        """Names of all files in data/sources.csv that the study needs."""
        benchmarks = self.benchmarks.values()
        names = {b.source for b in benchmarks if isinstance(b, SourceBenchmark) and b.source}
        recorded = [pool for pool in self.pools.values() if isinstance(pool, RecordedPool)]
        names |= {name for pool in recorded for name in pool.sources()}
        questions = self.questions.sources.values() if self.questions else []
        names |= {q.source for q in questions if isinstance(q, FileQuestions) and q.source}
        return sorted(names)
