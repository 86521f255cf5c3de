"""The first wrong step of a solution by bisection.

OmegaPRM (Luo et al. 2024, arXiv:2406.06592, section 3.2): a step from which some rollout reaches
the gold answer has everything before it right; one from which none does has the error at or before
it. Halving what is between finds the first such step with k log2(M) rollouts instead of k M. A
solution whose own answer is right has no such step, and takes none.
"""


class Bisection:
    """Where the first wrong step of a solution is.

    Args:
        last: number of its last step, from 0.
        right: whether its own answer is right.
    """

    def __init__(self, last: int, *, right: bool) -> None:
        # The first wrong step is one of `_low` to `_high`; one past the end means none.
        self._low, self._high = (last + 1, last + 1) if right else (0, last)

    def next(self) -> list[int]:
        """The step to try; nothing once the first wrong one is known."""
        return [(self._low + self._high) // 2] if self._low < self._high else []

    def note(self, step: int, *, right: bool) -> None:
        """Whether any rollout from the end of `step` was right."""
        if right:
            self._low = step + 1
        else:
            self._high = step

    def is_right(self, step: int) -> bool:
        """Whether a step stands before the first wrong one, once that is known."""
        return step < self._low
