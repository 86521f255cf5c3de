"""How many rows a second are graded: 500 MATH problems x 80 recorded answers, and full texts.

TTSCALE_MIRROR=... python -m tests.benchmarks.bench_grading
"""

import csv
import json
import os
import time
from pathlib import Path

from scripts.lib.grading.classes import AnswersTo, grade
from scripts.lib.grading.extract import extract_answer
from scripts.lib.grading.judge import Judge

RECORDINGS = (
    "boinf/analysis_math500_gpt-oss-20b.jsonl",
    "boinf/analysis_math500_Phi-4-reasoning.jsonl",
)
TEXTS = "qwen25math_rm_maj_100x8/math_cot_100.jsonl"


def lines_of(name: str) -> list[dict]:
    with Path("data/sources.csv").open(newline="", encoding="utf-8") as file:
        hashes = {row["name"]: row["sha256"] for row in csv.DictReader(file)}
    path = Path(os.environ["TTSCALE_MIRROR"]) / hashes[name]
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    golds = [row["answer"] for row in lines_of("problems/math500_test.jsonl")]
    for name in RECORDINGS:
        answers = [[answer for answer, _ in row["all_answers"]] for row in lines_of(name)]
        sheets = [AnswersTo("math", gold, each) for gold, each in zip(golds, answers, strict=True)]
        rows = sum(map(len, answers))
        distinct = sum(len(set(each)) for each in answers)
        print(f"{name}: {rows} rows, {distinct} distinct answers")
        with Judge() as judge:
            for turn in ("first", "again"):
                begin = time.perf_counter()
                grade(sheets, judge)
                seconds = time.perf_counter() - begin
                print(f"  {turn}: {seconds:7.2f} s  {rows / seconds:9,.0f} rows/s")
            pairs = judge.algebra_pairs
            print(f"  {pairs} pairs took algebra, one in {rows / pairs:.0f} rows")
    texts = [text for row in lines_of(TEXTS) for text in row["code"]]
    begin = time.perf_counter()
    for text in texts:
        extract_answer(text, "math")
    seconds = time.perf_counter() - begin
    size = sum(map(len, texts)) / 1e6
    speed = f"{len(texts) / seconds:,.0f} texts/s, {size / seconds:.1f} million characters/s"
    print(f"extraction: {speed}")


if __name__ == "__main__":
    main()
