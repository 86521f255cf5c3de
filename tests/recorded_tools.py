"""Running the real evaluation tools, offline."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROBLEMS = [
    {"problem": "start 1 add 2 times 3", "answer": "009"},
    {"problem": "start 3 add 4 times 7", "answer": "049"},
    {"problem": "start 5 take 2 times 9", "answer": "027"},
]


REPEATS = 4
TASK = r"""
task: tiny
dataset_path: json
dataset_kwargs:
  data_files:
    test: {problems}
test_split: test
output_type: generate_until
doc_to_text: "{{{{problem}}}}"
doc_to_target: "{{{{answer}}}}"
repeats: {repeats}
generation_kwargs:
  until: ["<|im_end|>"]
  do_sample: true
  temperature: 1.0
  max_gen_toks: 12
filter_list:
  - name: first
    filter:
      - function: take_first
  - name: digits
    filter:
      - function: regex
        regex_pattern: "(\\d+)"
      - function: take_first
metric_list:
  - metric: exact_match
"""
GIVEN = "max_gen_toks=32768,max_tokens_thinking=auto,thinking_n_ignore=2,thinking_n_ignore_str=Wait"
"""Generation arguments as s1 gave them."""


def write_problems(path: Path) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in PROBLEMS), encoding="utf-8")
    return path


def run_harness(folder: Path) -> Path:
    """A log that lm-evaluation-harness itself wrote, of REPEATS samples of each problem."""
    problems = write_problems(folder / "problems.jsonl")
    (folder / "tasks").mkdir()
    text = TASK.format(problems=problems, repeats=REPEATS)
    (folder / "tasks" / "tiny.yaml").write_text(text, encoding="utf-8")
    run_tool(folder, "tests.harness", "tiny", GIVEN, PYTHONPATH=str(Path.cwd()))
    (path,) = (folder / "out").glob("*/samples_tiny_*.jsonl")
    return path


def run_tool(folder: Path, *command: str, **environment: str) -> None:
    """Run a Python module in `folder`, which also takes its caches; its output shows on failure."""
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    caches = {name: str(folder / name) for name in ("HF_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=os.environ | offline | caches | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
