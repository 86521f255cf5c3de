"""Ratios of means over problems, and of compute."""

import numpy as np
from numpy.typing import ArrayLike

from scripts.lib.estimators.bootstrap import bca_levels, resampled_means

ROUNDING = 1e-9


def ratio_of_means(
    numerator: ArrayLike, denominator: ArrayLike, draws: int, seed: int
) -> tuple[float, tuple[float, float] | None]:
    """A ratio of two means over the same problems, with BCa limits on new problems.

    The acceleration comes from the ratio's influence function, (u - r v) / mean(v) for values u
    and v of a problem (DiCiccio and Efron, 1996, "Bootstrap confidence intervals", on the delta
    method). Draws whose denominator is 0 are left out: take it for means that are not likely 0.

    Args:
        numerator: shape (problems,).
        denominator: of a mean that is not 0, shape (problems,).
        draws: of the bootstrap.
        seed: of the draws.

    Returns:
        The ratio and its limits; None for limits where nothing scatters.
    """
    u, v = (np.asarray(values, dtype=np.float64) for values in (numerator, denominator))
    ratio = float(u.mean() / v.mean())
    influence = (u - ratio * v) / v.mean()
    if np.ptp(influence) <= ROUNDING:
        return ratio, None
    means = resampled_means(np.column_stack([u, v]), draws, seed)
    kept = means[means[:, 1] != 0]
    ratios = kept[:, 0] / kept[:, 1]
    levels = bca_levels(ratios, ratio, influence)
    if levels is None:
        return ratio, None
    low, high = np.quantile(ratios, levels)
    return ratio, (float(low), float(high))


def samples_over_one_run(n: int, model: float, verifier: float, larger: float) -> float:
    """Compute of n samples, each read by a verifier, over that of one run of a larger model.

    FLOPs of a token are twice the parameters that it passes (Kaplan et al. 2020, arXiv:2001.08361,
    section 2.1), and all are taken to write and read equally many tokens: attention and
    prompts are left out.

    Args:
        n: samples.
        model: active parameters of the model that draws them.
        verifier: those of the verifier; 0 without one.
        larger: those of the larger model.
    """
    return n * (model + verifier) / larger


def matched_inference(size: float, inference: float) -> float:
    """How many times its own inference a model can spend for a larger one's training and inference.

    M + 3 (M - 1) / R (Snell et al. 2024, arXiv:2408.03314, section 7): training takes 6 N D_pre,
    inference 2 N D_inf, and M times the parameters make both M times as dear.

    Args:
        size: M, the larger model's parameters over the smaller one's.
        inference: R = D_inf / D_pre, tokens of inference for each token of pretraining.
    """
    return size + 3 * (size - 1) / inference
