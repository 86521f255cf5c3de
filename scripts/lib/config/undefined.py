"""Names that stand for nothing."""

from collections.abc import Iterable


def undefined(key: str, name: str, names: Iterable[str]) -> list[str]:
    """A line that leads with `key` if `name` is not among `names`; nothing else."""
    there = list(names)
    if name in there:
        return []
    return [f"{key}: {name!r} is not defined; there is: {', '.join(there) or 'nothing'}"]
