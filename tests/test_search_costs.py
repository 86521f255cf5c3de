"""What searches cost, by hand."""

import json
from pathlib import Path

import polars as pl
import pytest
import torch
from transformers import Qwen2Config, Qwen2ForTokenClassification

from scripts.lib.accounting import UNKNOWN_SIZE, ModelSize, size_of_weights
from scripts.lib.config.models import Price
from scripts.lib.ledger import pool_expense
from scripts.lib.search.costs import search_costs
from scripts.lib.search.tables import Spent
from scripts.lib.tableio import check_table, make_table, read_table, write_table
from scripts.lib.tables import Cost
from scripts.search import account_search
from tests.small_model import write_model

SOLVER = ModelSize(1000.0, 2, 3, 3, 5, 400.0, 4)
VERIFIER = ModelSize(7000.0, 4, 2, 1, 8, 9000.0, 2)
PRICE = Price(input=1.0, output=3.0, date="2024-12", source="test")
CHEAP = Price(input=0.5, output=9.0, date="2024-12", source="test")


def place(beams: int, sample: int, **counts: int) -> dict[str, object]:
    return {
        "pool": "p",
        "benchmark": "b",
        "problem_id": "1",
        "wording": "w",
        "beams": beams,
        "sample": sample,
        "prompt_tokens": 10,
        "forced_tokens": 0,
        "verifier_prompt_tokens": 0,
        "verifier_tokens": 0,
        "verifier_positions": 0,
        **counts,
    }


def test_each_repeat_pays_for_its_own_prompt_and_cache() -> None:
    once = spent()
    again = once.with_columns(pl.col("sample") + pl.col("beams"))
    both = search_costs(pl.concat([once, again]), SOLVER, VERIFIER, PRICE, CHEAP)
    alone = search_costs(once, SOLVER, VERIFIER, PRICE, CHEAP)
    assert both.head(len(once)).equals(alone)
    assert both.tail(len(once)).drop("sample").equals(alone.drop("sample"))


def spent() -> pl.DataFrame:
    """One candidate that nobody reads, and a search of two, some of whose tokens were forced.

    The verifier's prompt has 12 tokens.
    """
    read = {"verifier_prompt_tokens": 12}
    one = {"generated_tokens": 3, "generated_positions": 36, "serial_tokens": 3}
    two = {"generated_tokens": 4, "generated_positions": 65, "serial_tokens": 4, "forced_tokens": 1}
    three = {"generated_tokens": 2, "generated_positions": 23, "serial_tokens": 2}
    rows = [
        place(1, 0, **one),
        place(2, 0, **two, **read, verifier_tokens=5, verifier_positions=75),
        place(2, 1, **three, **read, verifier_tokens=2, verifier_positions=27),
    ]
    return make_table(Spent, rows)


def flops(size: ModelSize, positions: list[int]) -> float:
    assert size.active_parameters is not None
    width = (size.attention_layers or 0) * (size.heads or 0) * (size.head_dim or 0)
    return sum(2 * size.active_parameters + 4 * width * p for p in positions)


def test_costs_by_hand() -> None:
    costs = search_costs(spent(), SOLVER, VERIFIER, PRICE, CHEAP)
    check_table(Cost, costs, Path("costs"))
    prompt = flops(SOLVER, list(range(1, 11)))
    read_prompt = flops(VERIFIER, list(range(1, 13)))
    assert costs["prompt_flops"].to_list() == [prompt, prompt + read_prompt, prompt + read_prompt]
    read = [0.0, flops(VERIFIER, [13, 14, 15, 16, 17]), flops(VERIFIER, [13, 14])]
    assert costs["verifier_flops"].to_list() == read
    # Five tokens at positions 11 to 15: one of them forced.
    written = [flops(SOLVER, list(range(11, 11 + n))) for n in (3, 5, 2)]
    assert costs["flops"].to_list() == [a + b for a, b in zip(written, read, strict=True)]
    # The first place of each search pays for the prompt.
    assert costs["usd"].to_list() == [
        10 + 3 * 3,
        (10 + 1 + 4 * 3) + (12 + 5) * 0.5,
        2 * 3 + 2 * 0.5,
    ]
    solver, verifier = 4 * 2 * 2 * 3 * 5, 2 * 2 * 4 * 1 * 8
    both = 400 + (10 + 4 + 1 + 2) * solver + 9000 + (12 + 5 + 2) * verifier
    assert costs["peak_bytes"].to_list() == [400 + 13 * solver, both, both]


def test_what_is_unknown_is_null_where_it_matters() -> None:
    costs = search_costs(spent(), SOLVER, UNKNOWN_SIZE, PRICE, None)
    check_table(Cost, costs, Path("costs"))
    for column in ("flops", "verifier_flops", "prompt_flops", "usd", "peak_bytes"):
        assert costs[column].is_null().to_list() == [False, True, True], column
    costs = search_costs(spent(), UNKNOWN_SIZE, VERIFIER, None, CHEAP)
    for column in ("flops", "prompt_flops", "usd", "peak_bytes"):
        assert costs[column].is_null().all()
    assert costs["verifier_flops"].null_count() == 0


def test_each_search_pays_for_its_prompt_once() -> None:
    costs = search_costs(spent(), SOLVER, VERIFIER, None, None)
    row = pool_expense("samples", "p", costs, [])
    prompts = costs.unique("beams")["prompt_flops"].sum()
    assert row["flops"] == pytest.approx(prompts + costs["flops"].sum())


def write_classifier(folder: Path) -> int:
    """A token classifier as trained verifiers are written; its parameters without embeddings."""
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=50,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        num_labels=2,
        pad_token_id=0,
    )
    model = Qwen2ForTokenClassification(config)
    model.save_pretrained(folder)
    return sum(p.numel() for p in model.parameters()) - 50 * 16


def test_a_token_classifier_has_all_parameters_but_its_embeddings(tmp_path: Path) -> None:
    parameters = write_classifier(tmp_path)
    assert size_of_weights(tmp_path).active_parameters == parameters


def test_the_program_writes_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_table(Spent, spent(), tmp_path / "spent.parquet")
    weights = write_model(tmp_path / "solver", layers=1, width=32)
    write_classifier(tmp_path / "verifier")
    options = {
        "--pool": "p",
        "--spent": str(tmp_path / "spent.parquet"),
        "--weights": str(weights),
        "--verifier-weights": str(tmp_path / "verifier"),
        "--price": PRICE.model_dump_json(),
        "--verifier-price": json.dumps(None),
        "--output": str(tmp_path / "costs.parquet"),
    }
    arguments = [part for option in options.items() for part in option]
    monkeypatch.setattr("sys.argv", ["account_search", *arguments])
    account_search.main()
    sizes = size_of_weights(weights), size_of_weights(tmp_path / "verifier")
    expected = search_costs(spent(), *sizes, PRICE, None)
    assert read_table(Cost, tmp_path / "costs.parquet").equals(expected)
