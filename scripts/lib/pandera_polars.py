"""pandera for polars tables, imported as it is where pandas is not installed.

Where it is, pandera loads it, which takes as long as all else that a small program needs, and a
study starts hundreds of them. Nothing here checks a pandas table.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _NoPandas(MetaPathFinder):
    """Finds no pandas, in the words that pandera looks for."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname.split(".", maxsplit=1)[0] == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name="pandas")
        return None


_finder = _NoPandas()
if "pandas" not in sys.modules:
    sys.meta_path.insert(0, _finder)
try:
    import pandera.polars as pa
    from pandera import errors
finally:
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)

__all__ = ["errors", "pa"]
