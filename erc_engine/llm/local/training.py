"""A language model of a few million parameters, from nothing: its tokenizer, its chat template and its weights.

    outcome = train(lessons, held_out, folder, SmallModel(epochs=8), texts=texts, say=print)
    outcome.loss, outcome.held_out_loss     # nats per token of the replies

Llama's shape, so that everything that runs a large model runs this one. It is for trying out, testing and teaching: it
keeps to a form, and makes little sense.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erc_engine.domain.generation import ChatMessage

SYSTEM, USER, ASSISTANT, END = "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"
TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
Pair = tuple[tuple[ChatMessage, ...], str]  # a prompt and the reply to it
Say = Callable[[str], None]


@dataclass(frozen=True)
class SmallModel:
    """Shape and training. `minutes` ends it early where the machine is slow."""

    hidden: int = 192
    layers: int = 4
    heads: int = 6
    vocabulary: int = 2048
    context: int = 1024
    epochs: int = 24
    tokens_per_step: int = 1536
    learning_rate: float = 2e-3
    minutes: float = 15.0
    seed: int = 1


@dataclass(frozen=True)
class TrainingOutcome:
    folder: Path
    parameters: int
    epochs: float
    seconds: float
    loss: float
    held_out_loss: float


def train(
    lessons: Callable[[int], Sequence[Pair]],
    held_out: Sequence[Pair],
    folder: Path,
    shape: SmallModel,
    *,
    texts: Iterable[str],
    say: Say,
) -> TrainingOutcome:
    """Train on the lessons of each epoch and save into `folder`; only the replies are learned, not the prompts.

    The tokenizer is made from `texts`.
    """
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.manual_seed(shape.seed)
    random_order = random.Random(shape.seed)
    tokenizer = make_tokenizer(texts, shape)
    model = _model(tokenizer, shape)
    parameters = sum(p.numel() for p in model.parameters())
    say(f"{parameters:,} parameters, {len(tokenizer):,} tokens in the vocabulary")
    optimizer = torch.optim.AdamW(model.parameters(), lr=shape.learning_rate, betas=(0.9, 0.95), weight_decay=0.05)
    started, loss, share = time.monotonic(), math.nan, 0.0
    epoch = 0
    while epoch < shape.epochs and share < 1.0:
        rows = [_ids(tokenizer, pair, shape.context) for pair in lessons(epoch)]
        batches = _batches(rows, shape.tokens_per_step)
        random_order.shuffle(batches)
        losses: list[float] = []
        for number, batch in enumerate(batches):
            by_time = (time.monotonic() - started) / (60 * shape.minutes)
            share = max((epoch + number / len(batches)) / shape.epochs, by_time)
            if share >= 1.0:
                break
            for group in optimizer.param_groups:
                group["lr"] = shape.learning_rate * _pace(share, number + epoch * len(batches))
            losses.append(_step(model, optimizer, batch))
        epoch += 1
        loss = sum(losses) / len(losses) if losses else loss
        took = time.monotonic() - started
        say(f"epoch {epoch} of {shape.epochs}: {len(rows):,} lessons, loss {loss:.3f}, {took:.0f} s")
    outside = _batches([_ids(tokenizer, pair, shape.context) for pair in held_out], shape.tokens_per_step)
    with torch.inference_mode():
        held_out_loss = sum(float(_loss(model, batch)) for batch in outside) / max(1, len(outside))
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return TrainingOutcome(folder, parameters, epoch, time.monotonic() - started, loss, held_out_loss)


def make_tokenizer(texts: Iterable[str], shape: SmallModel) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=shape.vocabulary,
        special_tokens=[END, SYSTEM, USER, ASSISTANT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, pad_token=END)
    fast.chat_template = TEMPLATE
    return fast


def _model(tokenizer: Any, shape: SmallModel) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=shape.hidden,
        intermediate_size=round(shape.hidden * 8 / 3 / 32) * 32,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        max_position_embeddings=shape.context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config).train()


def _ids(tokenizer: Any, pair: Pair, context: int) -> tuple[list[int], list[int]]:
    """Tokens of prompt and reply, and the same with -100 for the prompt, which is not learned."""
    messages, reply = pair
    rows = [{"role": m.role, "content": m.content} for m in messages]
    prompt = tokenizer.apply_chat_template(rows, tokenize=False, add_generation_prompt=True)
    asked = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    answered = [*tokenizer(reply, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    return [*asked, *answered][:context], [*[-100] * len(asked), *answered][:context]


def _batches(rows: Sequence[tuple[list[int], list[int]]], tokens: int) -> list[tuple[Any, Any]]:
    """Rows of like length together, padded; (ids, labels) where -100 is not learned."""
    import torch

    batches: list[list[tuple[list[int], list[int]]]] = [[]]
    for row in sorted(rows, key=lambda r: len(r[0])):
        if batches[-1] and (len(batches[-1]) + 1) * len(row[0]) > tokens:
            batches.append([])
        batches[-1].append(row)
    found = []
    for batch in filter(None, batches):
        width = max(len(ids) for ids, _ in batch)
        ids = torch.tensor([[*ids, *[0] * (width - len(ids))] for ids, _ in batch])
        labels = torch.tensor([[*labels, *[-100] * (width - len(labels))] for _, labels in batch])
        found.append((ids, labels))
    return found


def _loss(model: Any, batch: tuple[Any, Any]) -> Any:
    """Padding stands on the right, where no token of a row looks, so that it needs no mask."""
    import torch

    ids, labels = batch
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=torch.cpu._is_avx512_bf16_supported()):
        hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state
        learned = labels[:, 1:] != -100
        logits = model.lm_head(hidden[:, :-1][learned])
    return torch.nn.functional.cross_entropy(logits.float(), labels[:, 1:][learned])


def _step(model: Any, optimizer: Any, batch: tuple[Any, Any]) -> float:
    import torch

    loss = _loss(model, batch)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return float(loss.detach())


def _pace(share: float, step: int) -> float:
    """Warm up over 30 steps, then down to a tenth along a cosine."""
    return min(1.0, (step + 1) / 30) * (0.55 + 0.45 * math.cos(math.pi * min(share, 1.0)))
