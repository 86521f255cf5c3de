"""What programs load when they start: a study starts hundreds of them."""

import subprocess
import sys

import pytest

SLOW = ("pandas", "pyarrow", "scipy.special", "scipy.stats", "torch", "transformers", "matplotlib")


@pytest.mark.parametrize(
    "program",
    [
        *("analyse.tabulate_curve", "analyse.tabulate_bins", "sample.account_pool"),
        *("sample.grade_pool", "data.generate_problems", "search.account_search"),
        "analyse.tabulate_anatomy",
    ],
)
def test_a_small_program_loads_nothing_slow(program: str) -> None:
    code = f"import sys, scripts.{program}; print(*[m for m in {SLOW} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def test_pandas_is_still_there_for_those_who_want_it() -> None:
    code = "import scripts.lib.tables, pandas; print(pandas.DataFrame({'a': [1]}).shape)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "(1, 1)"
