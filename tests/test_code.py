"""Which files a program is made of."""

import ast
from pathlib import Path

import pytest

from scripts.lib.code import code_files


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_imports_are_followed_however_deep_and_however_written(tmp_path):
    write(
        tmp_path,
        {
            "scripts/__init__.py": "",
            "scripts/a.py": "import os\nfrom scripts.lib import b\n",
            "scripts/lib/__init__.py": "",
            "scripts/lib/b.py": "def late():\n    import scripts.lib.c\n",
            "scripts/lib/c.py": "from scripts.lib.d import thing\n",
            "scripts/lib/d.py": (
                '"""A text.\n\nimport scripts for nothing.\n"""\n'
                "from scripts.lib.e import (  # why (or not)\n    one,\n    two,\n)\nthing = 1\n"
            ),
            "scripts/lib/e.py": "from scripts.lib import f  # (all of it\none = two = 1\n",
            "scripts/lib/f.py": "",
            "scripts/lib/unused.py": "",
        },
    )
    assert code_files("scripts.a", tmp_path) == [
        "scripts/a.py",
        "scripts/lib/__init__.py",
        "scripts/lib/b.py",
        "scripts/lib/c.py",
        "scripts/lib/d.py",
        "scripts/lib/e.py",
        "scripts/lib/f.py",
    ]


def test_no_import_of_a_module_is_missed():
    modules = {".".join(path.with_suffix("").parts): path for path in Path("scripts").rglob("*.py")}
    for name, path in modules.items():
        if path.name == "__init__.py":
            continue
        parsed = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        imported = {str(n.module) for n in parsed if isinstance(n, ast.ImportFrom)}
        wanted = {str(modules[one]) for one in imported if one in modules}
        assert wanted <= set(code_files(name)), name


def test_a_program_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"scripts\.gone"):
        code_files("scripts.gone", tmp_path)


def test_training_does_not_depend_on_how_figures_are_configured():
    assert "scripts/lib/config/figures.py" not in code_files("scripts.train.train_base")


@pytest.mark.parametrize("program", ["sample.grade_pool", "curate.featurise_questions"])
def test_programs_that_grade_are_made_of_the_process_for_algebra_too(program):
    assert "scripts/lib/grading/server.py" in code_files(f"scripts.{program}")
