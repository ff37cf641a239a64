"""A server that is down is left alone for a while, then asked once.

    breaker = CircuitBreaker()
    breaker.failed(now)            # five in a row open it
    breaker.wait(now)              # 1.0: seconds until one request may try again
    breaker.begin()                # that one is under way; the others wait for how it ends
    breaker.answered()             # closed again; or failed(now): left alone for twice as long

See https://martinfowler.com/bliki/CircuitBreaker.html.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class CircuitBreaker:
    failures_to_open: int = 5
    first_seconds: float = 1.0
    longest_seconds: float = 30.0
    failures: int = 0
    open_until: float | None = None
    probing: bool = False
    _cool_down: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds that nothing should be sent for; 0 when it is closed or due for its one request."""
        return max(0.0, self.open_until - now) if self.open_until is not None else 0.0

    def lets_in(self, now: float) -> bool:
        return self.open_until is None or (now >= self.open_until and not self.probing)

    def begin(self) -> bool:
        """A request is sent; True when it is the one that tries an open breaker."""
        self.probing = self.open_until is not None
        return self.probing

    def answered(self) -> None:
        self.failures, self.open_until, self.probing, self._cool_down = 0, None, False, 0.0

    def failed(self, now: float, *, probe: bool = False) -> None:
        """What was sent before it opened changes nothing any more; only its one request does."""
        self.failures += 1
        if self.open_until is not None and not probe:
            return
        self.probing = False
        if self.failures >= self.failures_to_open:
            self._cool_down = min(self.longest_seconds, 2 * self._cool_down or self.first_seconds)
            self.open_until = now + self._cool_down

    def given_up(self, *, probe: bool) -> None:
        """A request ended here before the server said anything."""
        if probe:
            self.probing = False
