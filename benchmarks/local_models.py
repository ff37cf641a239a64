"""What `hf:` gives beside the bare engine: tokens per second of the same prompts and the same number of tokens.

Bare: one call of transformers' `generate` for all requests at once. Ours: what a run does, a thread a request through
the host process, with its own seeds, streams and token counts. A model of random weights writes noise of a fixed
length, so that both write the same number of tokens. Pairs are interleaved and change places; the ratio is the median
with a bootstrap interval. On a GPU also models shaped like a Llama of 1 and 8 billion parameters, with the share of the
memory's bandwidth that the weights alone would take.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measurement import ROOT, Measurement
from erc_engine.domain.generation import ChatRequest, Sampling
from erc_engine.generation.lessons import lesson
from erc_engine.generation.recipes import bundled_recipes
from erc_engine.llm.local.local_model import LocalModel, open_local
from erc_engine.llm.recordings import Recordings

GOAL = 0.95
PAIRS = 7
SHARPER = 8.0  # output weights times this: a few hundred tokens take most of the mass, as in a trained model
TOKENS = 32  # written for each request
SAMPLING = Sampling(temperature=0.9, top_p=0.95, max_tokens=TOKENS)
GPU_BANDWIDTH = {"H100": 3.35e12, "H200": 4.8e12, "A100": 2.0e12}  # bytes per second, from the makers' data sheets


@dataclass(frozen=True)
class Shape:
    """A Llama by its sizes; all weights are random."""

    name: str
    hidden: int
    layers: int
    heads: int
    key_value_heads: int
    inner: int
    vocabulary: int


SMALL = Shape("small", 768, 8, 12, 12, 2048, 32_000)
LARGE = (Shape("1b", 2048, 16, 32, 8, 8192, 128_256), Shape("8b", 4096, 32, 32, 8, 14_336, 128_256))


def measure() -> Iterator[Measurement]:
    import torch

    shapes = (SMALL, *(LARGE if torch.cuda.is_available() else ()))
    for shape in shapes:
        with tempfile.TemporaryDirectory() as folder:
            _save(shape, Path(folder) / shape.name)
            yield from _measured(shape, Path(folder) / shape.name)
    if len(shapes) == 1:
        print("# no GPU here: models shaped like a Llama of 1 and 8 billion parameters are not measured")


def _measured(shape: Shape, folder: Path) -> Iterator[Measurement]:
    import torch

    environment = {**os.environ, "ERC_MODEL_HOSTS": str(folder.parent), "ERC_MODEL_IDLE_SECONDS": "5"}
    with closing(open_local(f"hf:{folder}", models={}, environment=environment)) as ours:
        about = ours.about()
        model, tokenizer = _bare(folder, about)
        for batch in (8, 32):
            requests = _requests(batch)
            _ours(ours, requests[:2])
            ratios, speeds = [], []
            for pair in range(PAIRS):
                timed: dict[str, float] = {}
                for who in ("bare", "ours") if pair % 2 else ("ours", "bare"):
                    start = time.perf_counter()
                    written = _ours(ours, requests) if who == "ours" else _generate(model, tokenizer, requests)
                    timed[who] = written / (time.perf_counter() - start)
                ratios.append(timed["ours"] / timed["bare"])
                speeds.append(timed["ours"])
            low, high = interval(ratios)
            name = f"local_{shape.name}_batch{batch}"
            print(f"# {name}: {median(speeds):.0f} tokens/s on {about['device_name']} in {about['dtype']}, ours / bare "
                  f"{median(ratios):.3f} [{low:.3f}, {high:.3f}] over {PAIRS} pairs")  # fmt: skip
            # a miss only when the whole interval lies below the goal
            yield Measurement(f"{name}_ratio_upper_bound", high, GOAL, at_least=True)
            if model.device.type == "cuda":
                yield from _of_bandwidth(name, model, median(speeds) / batch)
    del model
    torch.cuda.empty_cache()


def _of_bandwidth(name: str, model: Any, steps_per_second: float) -> Iterator[Measurement]:
    """Each step reads all weights once: that many bytes per second, of those that the memory can give."""
    import torch

    card = torch.cuda.get_device_name(model.device)
    known = next((bandwidth for part, bandwidth in GPU_BANDWIDTH.items() if part in card), None)
    if known is None:
        print(f"# the memory bandwidth of {card} is not known here")
        return
    read = sum(p.numel() * p.element_size() for p in model.parameters()) * steps_per_second
    yield Measurement(f"{name}_share_of_bandwidth", read / known, 0.0, at_least=True)


def interval(ratios: list[float], resamples: int = 2000) -> tuple[float, float]:
    """95 % bootstrap interval of the median."""
    draw = random.Random(1)
    medians = sorted(median(draw.choices(ratios, k=len(ratios))) for _ in range(resamples))
    return medians[int(0.025 * resamples)], medians[int(0.975 * resamples)]


def _requests(count: int) -> list[ChatRequest]:
    """Prompts as a recipe renders them for recorded plans: of different lengths."""
    recipe = bundled_recipes(ROOT / "assets" / "recipes")["tiny-meld"]
    recorded = Recordings(ROOT / "assets" / "recordings").of("meld-matched")[:count]
    return [ChatRequest(r.id, lesson(recipe, r).messages, SAMPLING, seed) for seed, r in enumerate(recorded)]


def _ours(model: LocalModel, requests: list[ChatRequest]) -> int:
    with ThreadPoolExecutor(len(requests)) as pool:
        written = [reply.completion_tokens or 0 for reply in pool.map(model.complete, requests)]
    if min(written) != TOKENS:
        raise SystemExit(f"a reply has {min(written)} tokens instead of {TOKENS}")
    return sum(written)


def _bare(folder: Path, about: Any) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(int(about["threads"]))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, about["dtype"]))
    return model.to(about["device"]).eval(), AutoTokenizer.from_pretrained(folder, padding_side="left")


def _generate(model: Any, tokenizer: Any, requests: list[ChatRequest]) -> int:
    """Templates, tokens, one padded batch, text: all that the same requests cost without us."""
    import torch

    rows = [[{"role": m.role, "content": m.content} for m in request.messages] for request in requests]
    texts = tokenizer.apply_chat_template(rows, tokenize=False, add_generation_prompt=True)
    asked = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False).to(model.device)
    sampled = {"do_sample": True, "temperature": SAMPLING.temperature, "top_p": SAMPLING.top_p, "top_k": 0}
    with torch.inference_mode():
        out = model.generate(**asked, **sampled, max_new_tokens=TOKENS, min_new_tokens=TOKENS)
    written = out[:, asked["input_ids"].shape[1] :]
    tokenizer.batch_decode(written, skip_special_tokens=True)
    return int(written.numel())


def _save(shape: Shape, folder: Path) -> None:
    """Weights drawn once, in bfloat16; nothing ends a text, so that all are of one length."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    tokenizer = _tokenizer()
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_value_heads,
        max_position_embeddings=4096,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    model = LlamaForCausalLM._from_config(config, dtype=torch.bfloat16)
    model.generation_config.eos_token_id = None
    with torch.no_grad():
        model.lm_head.weight.mul_(SHARPER)
    model.save_pretrained(folder)


def _tokenizer() -> Any:
    """Bytes and common pieces of the recorded text, with a plain chat template and no end token."""
    from erc_engine.llm.local.training import SmallModel, make_tokenizer

    recorded = Recordings(ROOT / "assets" / "recordings").of("meld-matched")
    tokenizer = make_tokenizer((turn.text for r in recorded for turn in r.turns), SmallModel(vocabulary=2048))
    tokenizer.eos_token = None
    return tokenizer
