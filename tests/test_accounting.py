import json
from pathlib import Path

import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3MoeConfig,
    Qwen3MoeForCausalLM,
)

from scripts.lib.accounting import (
    UNKNOWN_SIZE,
    ModelSize,
    ModelSizeError,
    cost_table,
    size_of_facts,
    size_of_weights,
    training_flops,
)
from scripts.lib.config.load import load_facts, load_prices
from scripts.lib.config.models import Price
from scripts.lib.spending import token_usd
from scripts.lib.tableio import check_table, make_table
from scripts.lib.tables import Cost, Trace

SIZE = ModelSize(
    active_parameters=1e6,
    attention_layers=3,
    heads=4,
    kv_heads=2,
    head_dim=16,
    weight_bytes=4e6,
    cache_bytes=4,
)
PRICE = Price(input=3e-6, cached_input=1.5e-6, output=12e-6, date="2024-12", source="test")


def traces(*usage: tuple[int | None, int | None, int | None, float | None]) -> pl.DataFrame:
    """One row for each (prompt, cached, generated, billed)."""
    rows: list[dict[str, object]] = [
        {
            "pool": "p",
            "benchmark": "b",
            "problem_id": "1",
            "wording": "w",
            "sample": number,
            "prompt_tokens": prompt,
            "cached_tokens": cached,
            "generated_tokens": generated,
            "end": "stop",
            "forced_tokens": 0,
            "wait_positions": [],
            "usd": billed,
        }
        for number, (prompt, cached, generated, billed) in enumerate(usage)
    ]
    return make_table(Trace, rows)


def costs(
    *usage: tuple[int | None, int | None, int | None, float | None],
    size: ModelSize = SIZE,
    price: Price | None = PRICE,
) -> pl.DataFrame:
    return check_table(Cost, cost_table(traces(*usage), size, price), Path("costs"))


@given(st.integers(0, 300), st.integers(0, 300))
def test_flops_are_the_sum_over_positions(prompt: int, generated: int) -> None:
    def at(position: int) -> float:
        return 2 * 1e6 + 4 * 3 * position * 4 * 16

    row = costs((prompt, None, generated, None)).row(0, named=True)
    assert row["prompt_flops"] == pytest.approx(sum(at(p) for p in range(1, prompt + 1)))
    generated_at = range(prompt + 1, prompt + generated + 1)
    assert row["flops"] == pytest.approx(sum(at(p) for p in generated_at))


@pytest.fixture(scope="module")
def small() -> Qwen2ForCausalLM:
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=512,
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=3,
        num_attention_heads=8,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
    )
    config._attn_implementation = "eager"
    return Qwen2ForCausalLM(config).eval()


def test_flops_agree_with_what_torch_counts(small: Qwen2ForCausalLM, tmp_path: Path) -> None:
    """Token by token with a cache, as a model generates."""
    small.save_pretrained(tmp_path)
    prompt, generated = 300, 60
    ids = torch.randint(0, 512, (1, prompt + generated))
    counter = FlopCounterMode(display=False)
    with torch.no_grad():
        cache = small(ids[:, :prompt], use_cache=True).past_key_values
        with counter:
            for position in range(prompt, prompt + generated):
                small(ids[:, position : position + 1], past_key_values=cache, use_cache=True)
    size = size_of_weights(tmp_path)
    row = costs((prompt, None, generated, None), size=size).row(0, named=True)
    assert row["flops"] == pytest.approx(counter.get_total_flops(), rel=0.02)
    # The attention is a real part of it, so that an error there would show.
    assert size.active_parameters is not None
    assert row["flops"] > 1.15 * 2 * size.active_parameters * generated


@pytest.mark.parametrize("tied", [True, False])
def test_active_parameters_leave_out_the_embeddings_but_not_the_head(
    tmp_path: Path, tied: bool
) -> None:
    config = Qwen2Config(
        vocab_size=300,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=tied,
    )
    model = Qwen2ForCausalLM(config)
    model.save_pretrained(tmp_path)
    size = size_of_weights(tmp_path)
    distinct = sum(parameter.numel() for parameter in model.parameters())
    assert size.active_parameters == distinct - (0 if tied else 300 * 32)
    assert (size.heads, size.kv_heads, size.head_dim, size.attention_layers) == (4, 2, 8, 2)
    assert size.weight_bytes == 4 * distinct
    assert size.cache_bytes == 4


def test_active_parameters_leave_out_experts_that_are_not_routed_to(tmp_path: Path) -> None:
    def parameters(routed: int, experts: int) -> tuple[PreTrainedModel, int]:
        config = Qwen3MoeConfig(
            vocab_size=300,
            hidden_size=32,
            intermediate_size=64,
            moe_intermediate_size=24,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=16,
            num_experts=experts,
            num_experts_per_tok=routed,
            tie_word_embeddings=False,
        )
        model = Qwen3MoeForCausalLM(config)
        return model, sum(parameter.numel() for parameter in model.parameters())

    model, everything = parameters(routed=2, experts=8)
    model.save_pretrained(tmp_path)
    _, fewer = parameters(routed=2, experts=7)
    router = 2 * 32  # one more output of the router in each of two layers
    expert = everything - fewer - router
    size = size_of_weights(tmp_path)
    assert size.active_parameters == everything - 300 * 32 - 6 * expert
    assert size.head_dim == 16


def test_files_that_do_not_tell_a_size_are_named(tmp_path: Path, small: Qwen2ForCausalLM) -> None:
    with pytest.raises(ModelSizeError, match=r"config\.json: cannot be read"):
        size_of_weights(tmp_path)
    small.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"quantization_config": {}}))
    with pytest.raises(ModelSizeError, match="quantised"):
        size_of_weights(tmp_path)
    del config["num_attention_heads"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelSizeError, match="'num_attention_heads' is missing"):
        size_of_weights(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"not safetensors")
    with pytest.raises(ModelSizeError, match="not a safetensors file"):
        size_of_weights(tmp_path)


def test_dollars_are_billed_or_tokens_times_price_or_unknown() -> None:
    usage = [(100, 40, 7, None), (100, None, 7, None), (100, 40, 7, 0.5), (None, None, 7, None)]
    assert costs(*usage)["usd"].to_list() == pytest.approx(
        [60 * 3e-6 + 40 * 1.5e-6 + 7 * 12e-6, 100 * 3e-6 + 7 * 12e-6, 0.5, None]
    )
    assert costs(*usage, price=None)["usd"].to_list() == [None, None, 0.5, None]
    exact = token_usd(PRICE, 100, 40, 7)
    assert exact is not None
    assert costs(usage[0])["usd"].item() == pytest.approx(float(exact))


def test_unknown_sizes_give_unknown_flops_and_memory() -> None:
    row = costs((10, None, 5, None), size=UNKNOWN_SIZE).row(0, named=True)
    assert row["flops"] is None
    assert row["prompt_flops"] is None
    assert row["peak_bytes"] is None
    assert row["serial_tokens"] == row["generated_tokens"] == 5
    assert row["verifier_tokens"] == 0


def test_unknown_tokens_give_unknown_costs() -> None:
    row = costs((10, None, None, None)).row(0, named=True)
    assert row["prompt_flops"] is not None
    assert (row["flops"], row["usd"], row["peak_bytes"]) == (None, None, None)
    bare = costs((None, None, 5, None), (0, None, 5, None))
    assert bare["prompt_flops"].to_list() == [None, 0]
    assert bare["flops"][0] == bare["flops"][1]


def test_peak_memory_is_the_weights_and_one_full_cache() -> None:
    peak = 4_000_000 + (10 + 5) * 4 * 2 * 3 * 2 * 16
    assert costs((10, None, 5, None))["peak_bytes"].item() == peak


def test_training_takes_six_flops_a_parameter_and_token() -> None:
    assert training_flops(7e9, 2e12) == 8.4e22


def test_published_sizes_hang_together() -> None:
    facts = load_facts()
    for name, model in facts.items():
        assert model.source, name
        if model.active_parameters and model.parameters:
            assert model.active_parameters <= model.parameters, name
        if model.weight_bytes and model.parameters and name != "gpt-oss-20b":
            assert model.weight_bytes == 2 * model.parameters, name
    # The shapes of Qwen2.5-32B's config.json, written out.
    width, layers, wide, words = 5120, 64, 27_648, 152_064
    attention = 2 * width * width + 2 * width * 1024 + width + 2 * 1024
    layer = attention + 3 * width * wide + 2 * width
    active = layers * layer + width + words * width
    qwen = facts["Qwen2.5-32B-Instruct"]
    assert (qwen.active_parameters, qwen.parameters) == (active, active + words * width)


def test_windows_and_mamba_layers_are_left_out_of_the_attention_term() -> None:
    facts = load_facts()
    assert size_of_facts(facts["gpt-oss-20b"]).attention_layers == 12
    assert size_of_facts(facts["NVIDIA-Nemotron-Nano-9B-v2"]).attention_layers == 4
    assert size_of_facts(facts["Qwen3-14B"]).attention_layers == 40


def test_prices_have_dates_and_o1_mini_costs_what_it_did() -> None:
    prices = load_prices()
    o1_mini = prices["o1-mini"]
    assert (o1_mini.input, o1_mini.cached_input, o1_mini.output) == (3e-6, 1.5e-6, 12e-6)
    assert all(price.date and price.source for price in prices.values())
    assert set(prices) <= set(load_facts())
