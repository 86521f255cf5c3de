"""Run a task of the folder `tasks` in lm-evaluation-harness and let it write its log to `out`.

Its own command line does the same, but reads the thousands of tasks that come with it first.
"""

import sys
from itertools import count

from lm_eval import simple_evaluate
from lm_eval.api.model import LM
from lm_eval.api.registry import register_model
from lm_eval.loggers import EvaluationTracker
from lm_eval.tasks import TaskManager

ONLY_TEXTS = "the tasks of the tests generate texts; none asks how likely a text is"
"""The harness will not make a model without these methods, nor call them for such tasks."""


@register_model("talker")
class Talker(LM):
    """A model that never says the same thing twice, and is asked for texts only."""

    def __init__(self, **_arguments):
        super().__init__()
        self.said = count(1)

    def generate_until(self, requests, disable_tqdm=False):
        return [f"{request.arguments[0]} is {next(self.said)}" for request in requests]

    def loglikelihood(self, requests, disable_tqdm=False):
        raise NotImplementedError(ONLY_TEXTS)

    def loglikelihood_rolling(self, requests, disable_tqdm=False):
        raise NotImplementedError(ONLY_TEXTS)


def main(task: str, generation: str) -> None:
    tracker = EvaluationTracker(output_path="out")
    results = simple_evaluate(
        model="talker",
        tasks=[task],
        gen_kwargs=generation,
        task_manager=TaskManager(include_path="tasks", include_defaults=False),
        evaluation_tracker=tracker,
        log_samples=True,
    )
    samples = results.pop("samples")
    tracker.save_results_aggregated(results=results, samples=samples)
    tracker.save_results_samples(task_name=task, samples=samples[task])


if __name__ == "__main__":
    main(*sys.argv[1:])
