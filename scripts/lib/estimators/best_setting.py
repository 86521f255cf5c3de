"""The best of several settings, with the choice repeated in every draw of a bootstrap."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scripts.lib.estimators.bootstrap import TAILS, resampled_means
from scripts.lib.estimators.intervals import near_edge, new_problems_interval

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BestSetting:
    """The best of several settings, honest about having been chosen."""

    position: int
    """Which setting is best on the problems at hand."""
    apparent: float
    """Its accuracy there, which its having been chosen makes look too good."""
    accuracy: float
    """The same, less the optimism that the bootstrap finds."""
    low: float
    high: float
    chosen: Floats
    """How often each setting is the best in the draws, shape (settings,)."""


def best_setting(values: ArrayLike, draws: int, seed: int) -> BestSetting:
    """Accuracy of the best setting, with the choice made anew in every draw.

    In each draw the best setting on the drawn problems is chosen; how much better it looks there
    than on all problems is the optimism of that draw. Its mean corrects the apparent accuracy
    (Efron, 1983, "Estimating the error rate of a prediction rule"), and its 95 % range gives
    the interval. Near 0 and 1, where draws hardly scatter, it holds Wilson's interval of the best
    setting too.

    Args:
        values: accuracy of each problem at each setting, shape (problems, settings).
        draws: number of draws.
        seed: of the draws.
    """
    table = np.asarray(values, dtype=np.float64)
    overall = table.mean(axis=0)
    means = resampled_means(table, draws, seed)
    choices = means.argmax(axis=1)
    optimism = means.max(axis=1) - overall[choices]
    position = int(overall.argmax())
    apparent = float(overall[position])
    low, accuracy, high = np.clip(
        apparent
        - np.array(
            [np.quantile(optimism, TAILS[1]), optimism.mean(), np.quantile(optimism, TAILS[0])]
        ),
        0,
        1,
    )
    if near_edge(overall[position], len(table)):
        score = new_problems_interval(table[:, [position]], draws, seed)[0]
        low, high = min(low, score[0]), max(high, score[1])
    chosen = np.bincount(choices, minlength=table.shape[1]) / draws
    return BestSetting(position, apparent, float(accuracy), float(low), float(high), chosen)
