"""How many requests at once suit one server: found out by asking, between bounds.

    window = RequestWindow(least=1, most=64)
    window.size                          # 8 at first
    window.grow(under_way=8)             # an answer came while it was full: 9, 10, …
    window.shrink(sent_at=1.0, now=2.0)  # turned down for want of room: half of it

It doubles every full round until the server first says that it is too much, and grows by one a full round from then on
(additive increase, multiplicative decrease, https://www.rfc-editor.org/rfc/rfc5681). Requests that were sent before it
shrank say nothing new, so one overload halves it once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

FIRST = 8  # requests at once before anything is known


@dataclass
class RequestWindow:
    least: int
    most: int
    _exact: float = field(init=False)
    _shrunk_at: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._exact = float(min(self.most, max(self.least, FIRST)))

    @property
    def size(self) -> int:
        return int(self._exact)

    def grow(self, under_way: int) -> None:
        """After an answer; a window that was not used to the full proves nothing about a larger one."""
        if under_way >= self.size:
            self._exact = min(self.most, self._exact + (1 if self._shrunk_at is None else 1 / self._exact))

    def shrink(self, sent_at: float, now: float) -> None:
        if self._shrunk_at is None or sent_at > self._shrunk_at:
            self._exact = max(self.least, self._exact / 2)
            self._shrunk_at = now
