"""One thread that writes all replies: what waits joins between steps, what has ended leaves, nothing waits for a batch.

    batching = Batching(model, end_tokens={2})
    batching.submit(writing)             # from any thread; writing.news is set at each token
    batching.stop()

Replies that shall be repeatable are written alone, each in a lane of its own; the others share one. Memory that runs
out makes the lanes smaller: what was under way is read again and goes on; only a reply that does not fit alone fails.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Sequence, Set
from typing import Any

from erc_engine.domain.generation import FailReason
from erc_engine.errors import ModelError
from erc_engine.llm.local.lane import Lane, Writing

MOST_AT_ONCE = 64
TOKENS_READ = 4096  # of prompts in one pass, so that reading takes no more memory than writing
MOST_ALONE = 4  # lanes of one row beside the shared one, so that a sample need not wait for a run


class Batching:
    """`at_once` shrinks when memory runs out; `words` says so."""

    def __init__(self, model: Any, end_tokens: Set[int], at_once: int = MOST_AT_ONCE) -> None:
        self.at_once = at_once
        self.words = ""
        self._lane = lambda: Lane(model, end_tokens)
        self._shared = self._lane()
        self._alone: list[Lane] = []
        self._waiting: list[Writing] = []
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._work, name="batching", daemon=True)
        self._thread.start()

    def submit(self, writing: Writing) -> None:
        with self._changed:
            self._waiting.append(writing)
            self._changed.notify()

    def stop(self) -> None:
        """Ends after the step under way; what is unfinished fails."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    @property
    def under_way(self) -> int:
        return len(self._waiting) + self._rows()

    def _rows(self) -> int:
        return len(self._shared.writings) + sum(len(lane.writings) for lane in self._alone)

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._stopped and not self._waiting and not self._rows():
                    self._changed.wait()
                if self._stopped:
                    break
            self._admit()
            for lane in (self._shared, *self._alone):
                self._guarded(lane, lane.step)
            self._alone = [lane for lane in self._alone if lane.writings]
        for writing in (*self._waiting, *(w for lane in (self._shared, *self._alone) for w in lane.empty())):
            writing.fail(ModelError("the model was unloaded", code=FailReason.CONNECTION, retryable=True))

    def _admit(self) -> None:
        """In the order of asking, as far as there is room; those that go into the shared lane are read together."""
        with self._changed:
            waiting, self._waiting = [w for w in self._waiting if not w.cancelled], []
        left: list[Writing] = []
        together: list[Writing] = []
        for writing in waiting:
            lane = self._lane_for(writing, len(together))
            if lane is None:
                left.append(writing)
            elif lane is self._shared:
                together.append(writing)
            else:
                self._join(lane, [writing])
        for group in read_together(together):
            self._join(self._shared, group)
        with self._changed:
            self._waiting = [*left, *self._waiting]

    def _join(self, lane: Lane, writings: list[Writing]) -> None:
        self._guarded(lane, lambda: lane.join(*writings), writings)

    def _lane_for(self, writing: Writing, joining: int) -> Lane | None:
        """None while there is no room beside those that are `joining` the shared lane.

        Where memory has run out, those alone count with all others.
        """
        if self._rows() + joining >= self.at_once + (0 if self.words else MOST_ALONE):
            return None
        if not writing.alone:
            return self._shared if len(self._shared.writings) + joining < self.at_once else None
        if len(self._alone) >= MOST_ALONE:
            return None
        self._alone.append(self._lane())
        return self._alone[-1]

    def _guarded(self, lane: Lane, act: Callable[[], None], joining: Sequence[Writing] = ()) -> None:
        """Do it; memory that runs out is met here, and a fault ends the replies of this lane and no other."""
        try:
            act()
        except ModelError as error:
            for writing in joining:
                writing.fail(error)
        except Exception as error:
            under_way = lane.empty()
            under_way += [w for w in joining if not w.over and w not in under_way]
            if is_out_of_memory(error):
                self._smaller(under_way)
                return
            traceback.print_exc(file=sys.stderr)
            for writing in under_way:
                writing.fail(ModelError(f"{type(error).__name__}: {error}", code=FailReason.SERVER_ERROR))

    def _smaller(self, under_way: list[Writing]) -> None:
        """Half as many at once, those under way first. One that does not fit alone cannot be written here."""
        together = self._rows() + len(under_way)
        if together <= 1:
            for writing in under_way:
                writing.fail(
                    ModelError(
                        f"out of memory with one reply of {len(writing.prompt) + len(writing.tokens)} tokens",
                        hint="a smaller model, device=cpu, dtype=bfloat16, or a recipe with a smaller max_tokens",
                        code=FailReason.SERVER_ERROR,
                    )
                )
        else:
            self.words = f"out of memory with {together} replies at once: {max(1, together // 2)} from then on"
            self.at_once = max(1, together // 2)
            print(self.words, file=sys.stderr, flush=True)
        _free_memory()
        with self._changed:
            self._waiting = [*(w for w in under_way if not w.over), *self._waiting]


def read_together(writings: Sequence[Writing]) -> list[list[Writing]]:
    """Groups of like length, each within TOKENS_READ with its padding."""
    groups: list[list[Writing]] = []
    for writing in sorted(writings, key=lambda w: len(w.prompt) + len(w.tokens)):
        length = len(writing.prompt) + len(writing.tokens)
        if not groups or (len(groups[-1]) + 1) * length > TOKENS_READ:
            groups.append([])
        groups[-1].append(writing)
    return groups


def is_out_of_memory(error: BaseException) -> bool:
    """On a GPU torch has a kind for it; on a processor only words."""
    import torch

    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)


def _free_memory() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
