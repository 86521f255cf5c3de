"""The transformers engine beside a bare `model.generate` loop; its tokens at several batch sizes.

    python -m tests.benchmarks.bench_transformers_engine speed [--dtypes float32 float64]
    python -m tests.benchmarks.bench_transformers_engine repeat [--samples 4000]

`speed`: same model, dtype, requests and batch size; the two take turns, and the order changes.
Printed are medians of generated tokens per second and the median ratio of neighbouring runs, by
the wall clock and by processor time (which other work on the machine disturbs less).

    mixed   texts end by themselves; every prompt is another
    shared  as mixed, 8 samples of each prompt
    fixed   no text ends before its limit, so that a plain loop wastes nothing

`repeat`: how many samples and tokens come out otherwise at another batch size or when continued
from the middle, per dtype.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
from transformers.utils import logging

from scripts.lib.engines.base import Request
from scripts.lib.engines.transformers_engine import TransformersEngine
from tests.small_model import write_model

DTYPES = ("float32", "float64")


def make_requests(count: int, samples: int, max_tokens: int) -> list[tuple[str, Request]]:
    """`count` requests at temperature 1, `samples` of each of the prompts."""
    draw = random.Random(0)
    made = []
    for number in range(count // samples):
        length = draw.randint(10, 40)
        prompt = "what is " + "".join(draw.choices("0123456789+-*", k=length)) + "?"
        for sample in range(samples):
            request = Request(
                prompt=prompt, seed=number * samples + sample, max_tokens=max_tokens, temperature=1
            )
            made.append((f"{number}.{sample}", request))
    return made


def bare_loop(
    folder: Path, dtype: str, batch_size: int, requests: list[tuple[str, Request]]
) -> Callable[[], int]:
    """Sampling with `model.generate`, sorted by length; returns the number of useful tokens."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()
    chats = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": request.prompt}],
            add_generation_prompt=True,
            return_dict=False,
        )
        for _, request in requests
    ]
    chats.sort(key=len)
    end = model.generation_config.eos_token_id

    def run() -> int:
        tokens = 0
        for start in range(0, len(chats), batch_size):
            batch = tokenizer.pad(
                {"input_ids": chats[start : start + batch_size]}, return_tensors="pt"
            )
            texts = model.generate(
                **batch.to(model.device),
                do_sample=True,
                temperature=1.0,
                top_k=0,
                top_p=1.0,
                max_new_tokens=requests[0][1].max_tokens,
                pad_token_id=tokenizer.pad_token_id,
            )[:, batch["input_ids"].shape[1] :]
            ended = (texts == end).int().cumsum(dim=1) if end is not None else texts * 0
            # Everything up to the first end token, and that one.
            tokens += int((ended == 0).sum() + (ended > 0).any(dim=1).sum())
        return tokens

    return run


def compare_speed(folder: Path, args: argparse.Namespace) -> None:
    """Print one line a case and dtype."""
    folders = {ends: write_model(folder / str(ends), ends=ends) for ends in (True, False)}
    cases = {
        "mixed": (folders[True], make_requests(args.requests, 1, args.max_tokens)),
        "shared": (folders[True], make_requests(args.requests, 8, args.max_tokens)),
        "fixed": (folders[False], make_requests(args.requests // 2, 1, 100)),
    }
    print("case    dtype     engine tok/s  generate tok/s  ratio wall  ratio processor time")
    for case in args.cases:
        model, requests = cases[case]
        for dtype in args.dtypes:
            engine = TransformersEngine(
                model, dtype=dtype, batch_size=args.batch_size, device=args.device
            )

            def ours(
                engine: TransformersEngine = engine,
                requests: list[tuple[str, Request]] = requests,
            ) -> int:
                return sum(r.generated_tokens or 0 for _, r in engine.generate(requests))

            bare = bare_loop(model, dtype, args.batch_size, requests)
            print(f"{case:7} {dtype:9} {_speeds(ours, bare, args.repeats)}", flush=True)


def _speeds(ours: Callable[[], int], bare: Callable[[], int], repeats: int) -> str:
    walls: list[tuple[float, float]] = []
    processors: list[tuple[float, float]] = []
    for repeat in range(repeats):
        wall, processor = {}, {}
        for run in (ours, bare) if repeat % 2 else (bare, ours):
            clock, used = time.perf_counter(), time.process_time()
            tokens = run()
            wall[run] = tokens / (time.perf_counter() - clock)
            processor[run] = tokens / (time.process_time() - used)
        walls.append((wall[ours], wall[bare]))
        processors.append((processor[ours], processor[bare]))
    medians = [statistics.median(side) for side in zip(*walls, strict=True)]
    ratios = [
        statistics.median(engine / loop for engine, loop in speeds)
        for speeds in (walls, processors)
    ]
    return f"{medians[0]:12,.0f}  {medians[1]:14,.0f}  {ratios[0]:10.2f}  {ratios[1]:20.2f}"


def compare_tokens(folder: Path, args: argparse.Namespace) -> None:
    """Print what differs from batches of 32, per dtype and batch size."""
    model = write_model(folder)
    requests = make_requests(args.samples, 8, args.max_tokens)
    for dtype in args.dtypes:
        reference = None
        for batch_size in (32, 1, 7, 64):
            # One row at a time is slow: a part of the samples has to do.
            chosen = requests[: len(requests) // (8 if batch_size == 1 else 1)]
            engine = TransformersEngine(
                model, dtype=dtype, batch_size=batch_size, device=args.device
            )
            used = time.process_time()
            tokens = {key: r.token_ids or () for key, r in engine.generate(chosen)}
            used = time.process_time() - used
            reference = reference or tokens
            _report(f"{dtype:9} batch size {batch_size:3}", tokens, reference, used)
            if batch_size == 32:
                used = time.process_time()
                continued = _continue_halves(engine, requests, tokens)
                used = time.process_time() - used
                _report(f"{dtype:9} continued     ", continued, reference, used)


def _continue_halves(
    engine: TransformersEngine,
    requests: list[tuple[str, Request]],
    tokens: dict[str, tuple[int, ...]],
) -> dict[str, tuple[int, ...]]:
    """Each text once more: its first half, and what the engine continues it with."""
    halves = {key: tokens[key][: len(tokens[key]) // 2] for key, _ in requests}
    rest = engine.generate(
        (
            key,
            replace(
                request,
                prompt=None,
                context=engine.encode(request) + halves[key],
                max_tokens=request.max_tokens - len(halves[key]),
            ),
        )
        for key, request in requests
    )
    return {key: halves[key] + (response.token_ids or ()) for key, response in rest}


def _report(
    label: str,
    tokens: dict[str, tuple[int, ...]],
    reference: dict[str, tuple[int, ...]],
    seconds: float,
) -> None:
    different = sum(reference[key] != ids for key, ids in tokens.items())
    total = sum(map(len, tokens.values()))
    print(
        f"{label}: {different} of {len(tokens)} samples differ ({total:,} tokens, "
        f"{total / seconds:,.0f} a second of processor time)",
        flush=True,
    )


def main() -> None:
    """Read the arguments and run one of the two comparisons."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("speed", "repeat"))
    parser.add_argument("--cases", nargs="+", default=["mixed", "shared", "fixed"])
    parser.add_argument("--dtypes", nargs="+", default=list(DTYPES))
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--requests", type=int, default=256)
    parser.add_argument("--samples", type=int, default=4000)
    parser.add_argument("--max-tokens", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, help="PyTorch's own choice if left out")
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    logging.disable_progress_bar()
    if args.threads:
        torch.set_num_threads(args.threads)
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        if args.what == "speed":
            compare_speed(Path(folder), args)
        else:
            compare_tokens(Path(folder), args)


if __name__ == "__main__":
    main()
