"""Keys and values of the rows that are being written, in buffers with room to grow.

    cache = roomy_cache(8)           # what the model takes as its cache, with 8 layers
    layer = cache.layers[0]
    layer.put(row=2, keys, values, end=310)     # a prefilled prompt, so that its last token stands at place 309
    layer.update(keys, values)                  # one more token of every row: this is what the model calls

All rows end at the same place and begin where they must ("padded on the left"). A step writes one place instead of
copying the whole cache, as the cache of `generate` does; a row that ends gives its slot to the last one.
"""

from __future__ import annotations

from functools import cache
from typing import Any

ROOM = 256  # places by which a buffer grows


def roomy_cache(layers: int) -> Any:
    """An empty transformers Cache of such layers."""
    from transformers.cache_utils import Cache

    return Cache(layers=[_layer_class()() for _ in range(layers)])


@cache
def _layer_class() -> Any:
    """transformers counts only its own kinds of layer; it loads late, so the kind is made here."""
    from transformers.cache_utils import DynamicLayer

    return type("RoomyLayer", (RoomyRows, DynamicLayer), {})


class RoomyRows:
    """`keys` and `values` have the shape (slots, heads, places, size)."""

    is_croppable = False
    is_initialized = True

    def __init__(self) -> None:
        self.keys: Any = None
        self.values: Any = None
        self.rows = 0
        self.length = 0

    def put(self, row: int, keys: Any, values: Any, end: int) -> None:
        """A prompt of shape (1, heads, tokens, size) into a slot, up to `end`."""
        self._make_room(row + 1, end, like=(keys, values))
        start = end - keys.shape[-2]
        for buffer, new in ((self.keys, keys), (self.values, values)):
            buffer[row, :, :start].zero_()  # masked, but what was there may be no number
            buffer[row, :, start:end] = new[0]
        self.rows, self.length = max(self.rows, row + 1), end

    def update(self, key_states: Any, value_states: Any, *_: Any, **__: Any) -> tuple[Any, Any]:
        end = self.length + key_states.shape[-2]
        self._make_room(self.rows, end, like=(key_states, value_states))
        self.keys[: self.rows, :, self.length : end] = key_states
        self.values[: self.rows, :, self.length : end] = value_states
        self.length = end
        return self.keys[: self.rows, :, :end], self.values[: self.rows, :, :end]

    def drop(self, row: int) -> None:
        """The last row takes the slot of one that ended."""
        last = self.rows - 1
        if row != last:
            self.keys[row, :, : self.length] = self.keys[last, :, : self.length]
            self.values[row, :, : self.length] = self.values[last, :, : self.length]
        self.rows = last

    def shift(self, places: int) -> None:
        """Move all rows to the left (positive), over places that none of them uses, or to the right."""
        if places < 0:
            self._make_room(self.rows, self.length - places, like=(self.keys, self.values))
        for buffer in (self.keys, self.values):
            used = buffer[: self.rows, :, max(places, 0) : self.length].clone()
            buffer[: self.rows, :, : max(-places, 0)].zero_()
            buffer[: self.rows, :, max(-places, 0) : self.length - places] = used
        self.length -= places

    def _make_room(self, rows: int, places: int, *, like: tuple[Any, Any]) -> None:
        slots, room = (0, 0) if self.keys is None else (self.keys.shape[0], self.keys.shape[2])
        if rows <= slots and places <= room:
            return
        slots = slots if rows <= slots else max(rows, 2 * slots)
        room = room if places <= room else -(-places // ROOM) * ROOM
        for name, new in zip(("keys", "values"), like, strict=True):
            old = getattr(self, name)
            buffer = new.new_zeros((slots, new.shape[1], room, new.shape[3]))
            if old is not None and self.rows:
                buffer[: self.rows, :, : self.length] = old[: self.rows, :, : self.length]
            setattr(self, name, buffer)

    def get_seq_length(self) -> int:
        return self.length

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.length + query_length, 0
