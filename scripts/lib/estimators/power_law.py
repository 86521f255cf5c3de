"""Coverage as an exponentiated power law of the number of samples, c(k) = exp(a k^b).

Brown et al. (2024), "Large Language Monkeys: Scaling Inference Compute with Repeated Sampling",
arXiv:2407.21787, section 3: log c is about a k^b, fitted to the coverage itself by least squares.
Many curves are fitted at once: those of all draws of a bootstrap.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

STEPS = 60
EDGE = 1e-9
"""Nearer to 0 or 1 than this is 0 or 1, whose double logarithms have no end."""
HARDEST, SOFTEST = 1e8, 1e-10


@dataclass(frozen=True)
class PowerLaws:
    """Fits of several curves, shape (curves,).

    A curve that is 0 or 1 throughout has no b, and as a minus infinity or 0.
    """

    a: Floats
    b: Floats

    def at(self, k: float) -> Floats:
        """Coverage at k, shape (curves,)."""
        return np.asarray(np.exp(self.a * k ** np.nan_to_num(self.b)))


def fit_power_laws(ks: ArrayLike, coverage: ArrayLike) -> PowerLaws:
    """The least squares fit of every curve, by Levenberg and Marquardt's steps.

    With u = log(-a) and x = log k the model is exp(-exp(u + b x)): a stays below 0 whatever the
    step.

    Args:
        ks: numbers of samples, at least two different ones, shape (ks,).
        coverage: shape (curves, ks).

    Raises:
        ValueError: fewer than two numbers of samples.
    """
    x = np.log(np.asarray(ks, dtype=np.float64))
    seen = np.atleast_2d(np.asarray(coverage, dtype=np.float64))
    if len(set(x)) < 2:
        raise ValueError(f"a power law needs two numbers of samples at least, not {len(set(x))}")
    u, b = _start(x, np.clip(seen, EDGE, 1 - EDGE))
    soft = np.full(len(seen), 1e-3)
    left = seen - _model(x, u, b)
    cost = (left**2).sum(axis=1)
    for _ in range(STEPS):
        grown = np.exp(np.clip(u[:, None] + b[:, None] * x, -700, 700))
        slope = -np.exp(-grown) * grown
        g0, g1 = (slope * left).sum(axis=1), (slope * x * left).sum(axis=1)
        h00, h01 = (slope**2).sum(axis=1), (slope**2 * x).sum(axis=1)
        h11 = (slope**2 * x**2).sum(axis=1)
        d00, d11 = h00 * (1 + soft) + EDGE**2, h11 * (1 + soft) + EDGE**2
        size = d00 * d11 - h01**2
        sound = size > 0
        size = np.where(sound, size, 1)
        du = np.where(sound, (d11 * g0 - h01 * g1) / size, 0)
        db = np.where(sound, (d00 * g1 - h01 * g0) / size, 0)
        tried = seen - _model(x, u + du, b + db)
        new = (tried**2).sum(axis=1)
        better = new < cost
        u, b = np.where(better, u + du, u), np.where(better, b + db, b)
        left, cost = np.where(better[:, None], tried, left), np.where(better, new, cost)
        soft = np.clip(np.where(better, soft / 5, soft * 4), SOFTEST, HARDEST)
    # Means of equal values may come out a rounding error away from them.
    never, always = (seen <= EDGE).all(axis=1), (seen >= 1 - EDGE).all(axis=1)
    a = np.select([never, always], [-np.inf, 0.0], -np.exp(u))
    return PowerLaws(a, np.where(never | always, np.nan, b))


def _model(x: Floats, u: Floats, b: Floats) -> Floats:
    grown = np.clip(u[:, None] + b[:, None] * x, -700, 700)
    return np.asarray(np.exp(-np.exp(grown)))


def _start(x: Floats, coverage: Floats) -> tuple[Floats, Floats]:
    """A line through log(-log c), each point weighted by how little c says of it near 0 and 1."""
    y = np.log(-np.log(coverage))
    weight = (coverage * np.log(coverage)) ** 2 + EDGE**2
    total = weight.sum(axis=1)
    mean_x, mean_y = (weight * x).sum(axis=1) / total, (weight * y).sum(axis=1) / total
    apart = x - mean_x[:, None]
    spread = (weight * apart**2).sum(axis=1)
    slope = (weight * apart * (y - mean_y[:, None])).sum(axis=1) / np.maximum(spread, EDGE**3)
    slope = np.clip(slope, -5, 5)
    return mean_y - slope * mean_x, slope
