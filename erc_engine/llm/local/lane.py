"""Rows that go through the model together, one token each a step; rows join and leave between steps.

    lane = Lane(model, end_tokens={2})
    lane.join(writing, another)   # reads their prompts and gives their first tokens
    lane.step()                   # the next token of every row
    lane.writings                 # those that have not ended

A lane of one row does the same arithmetic whatever else the process does, so that the same request gives the same text.
"""

from __future__ import annotations

import inspect
import random
import threading
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from erc_engine.domain.generation import Sampling
from erc_engine.errors import ModelError
from erc_engine.llm.local.key_values import roomy_cache
from erc_engine.llm.local.sampling import next_tokens


@dataclass(eq=False)
class Writing:
    """One reply being written. `tokens` grows, without the end token; `finish` or `error` is set when it is over.

    `alone`: it shares no step with another, so that its text depends on nothing else.
    """

    prompt: tuple[int, ...]
    sampling: Sampling
    seed: int
    alone: bool = False
    tokens: list[int] = field(default_factory=list)
    finish: str = ""
    error: ModelError | None = None
    cancelled: bool = False
    news: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._draws = random.Random(self.seed)
        self._point = self._draws.random()

    @property
    def over(self) -> bool:
        return bool(self.finish) or self.error is not None

    @property
    def point(self) -> float:
        """Where the next token is drawn; the same until a token was taken."""
        return self._point

    def take(self, token: int, end_tokens: Set[int]) -> None:
        self._point = self._draws.random()
        if token in end_tokens:
            self.finish = "stop"
        else:
            self.tokens.append(token)
            if len(self.tokens) >= self.sampling.max_tokens:
                self.finish = "length"
        self.news.set()

    def fail(self, error: ModelError) -> None:
        self.error = error
        self.news.set()


class Lane:
    def __init__(self, model: Any, end_tokens: Set[int]) -> None:
        takes = inspect.signature(model.forward).parameters
        self._model = model
        self._cache_name = "cache" if "cache" in takes else "past_key_values"  # renamed in transformers 5.24
        self._last_only = {"logits_to_keep": 1} if "logits_to_keep" in takes else {}
        self._end_tokens = end_tokens
        self.writings: list[Writing] = []
        self._clear()

    def _clear(self) -> None:
        self._cache: Any = None
        self._starts: list[int] = []
        self._mask: Any = None

    def join(self, *writings: Writing) -> None:
        """Read prompts and what is written already, in one pass for all of them, and take the next token of each."""
        import torch
        from transformers import DynamicCache

        texts = [(*w.prompt, *w.tokens) for w in writings]
        width = max(map(len, texts))
        read = DynamicCache()
        with torch.inference_mode():
            ids = torch.tensor([[0] * (width - len(text)) + list(text) for text in texts], device=self._model.device)
            logits = self._forward(ids, read, **(self._padding(texts, width) if len(texts) > 1 else {}))
            if any(getattr(getattr(layer, "keys", None), "ndim", 0) != 4 for layer in read.layers):
                raise ModelError(
                    "this model keeps more than keys and values of its tokens, which hf: cannot batch",
                    hint="serve it with vLLM or `transformers serve` and use openai:",
                    code="refused_request",
                )
            self._take(list(writings), logits)
            for row, writing in enumerate(writings):
                if not writing.over:
                    self._add(writing, read, row, len(texts[row]))

    def _padding(self, texts: Sequence[tuple[int, ...]], width: int) -> dict[str, Any]:
        """Rows that end at the same place: which places count, and where in its text each one stands."""
        import torch

        starts = torch.tensor([[width - len(text)] for text in texts], device=self._model.device)
        places = torch.arange(width, device=self._model.device).unsqueeze(0) - starts
        return {"attention_mask": (places >= 0).long(), "position_ids": places.clamp(min=0)}

    def step(self) -> None:
        """One token more for every row, and rows that ended leave."""
        import torch

        with torch.inference_mode():
            self._leave()
            if not self.writings:
                return
            self._compact()
            end = self._length + 1
            if self._mask.shape[1] < end:
                more = self._mask.new_ones((self._mask.shape[0], 256))
                self._mask = torch.cat([self._mask, more], dim=1)
            device = self._model.device
            ids = torch.tensor([[w.tokens[-1]] for w in self.writings], device=device)
            places = torch.tensor([[end - 1 - start] for start in self._starts], device=device)
            rows = len(self.writings)
            logits = self._forward(ids, self._cache, attention_mask=self._mask[:rows, :end], position_ids=places)
            self._take(self.writings, logits)
            self._leave()

    def empty(self) -> list[Writing]:
        """Give up the memory of all rows; they can join again and go on where they were."""
        given_up = [w for w in self.writings if not w.over and not w.cancelled]
        self.writings = []
        self._clear()
        return given_up

    @property
    def _length(self) -> int:
        return int(self._cache.layers[0].length)

    def _forward(self, ids: Any, cache: Any, **more: Any) -> Any:
        """Logits of the last token of each row."""
        out = self._model(input_ids=ids, use_cache=True, **{self._cache_name: cache}, **self._last_only, **more)
        return out.logits[:, -1]

    def _take(self, writings: list[Writing], logits: Any) -> None:
        tokens = next_tokens(
            logits,
            temperatures=[w.sampling.temperature for w in writings],
            top_ps=[w.sampling.top_p for w in writings],
            points=[w.point for w in writings],
        )
        for writing, token in zip(writings, tokens, strict=True):
            writing.take(token, self._end_tokens)

    def _add(self, writing: Writing, read: Any, read_row: int, tokens: int) -> None:
        """Take over the last `tokens` places of a row that was read."""
        import torch

        if self._cache is None:
            self._cache = roomy_cache(len(read.layers))
        if not self.writings:
            for layer in self._cache.layers:
                layer.rows = layer.length = 0
        length = self._length
        if tokens > length:
            if self.writings:
                self._shift(length - tokens)
            length = tokens
        row = len(self.writings)
        for layer, new in zip(self._cache.layers, read.layers, strict=True):
            keys, values = (kept[read_row : read_row + 1, :, -tokens:] for kept in (new.keys, new.values))
            layer.put(row, keys, values, length)
        self.writings.append(writing)
        self._starts = [*self._starts[:row], length - tokens]
        self._mask = torch.ones((len(self._starts), length + 256), dtype=torch.long, device=self._model.device)
        self._hide()

    def _shift(self, places: int) -> None:
        for layer in self._cache.layers:
            layer.shift(places)
        self._starts = [start - places for start in self._starts]
        self._hide()

    def _compact(self) -> None:
        """Take back places that no row uses, once they are many."""
        unused = min(self._starts)
        if unused >= 128:
            self._shift(unused)

    def _hide(self) -> None:
        self._mask[:] = 1
        for row, start in enumerate(self._starts):
            self._mask[row, :start] = 0

    def _leave(self) -> None:
        for row in reversed(range(len(self.writings))):
            if self.writings[row].over or self.writings[row].cancelled:
                for layer in self._cache.layers:
                    layer.drop(row)
                self.writings[row], self._starts[row] = self.writings[-1], self._starts[-1]
                self.writings.pop()
                self._starts.pop()
                self._hide()
