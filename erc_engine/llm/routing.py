"""Which of several servers a request goes to, and what each answer says about its server.

    router = Router([server_a, server_b], now=time.monotonic)
    place = router.enter()                    # waits for room; ServerFault when all of them are down
    router.leave(place)                       # an answer: the window may grow
    router.leave(place, fault)                # turned down, broken off, too late: what that means for the server

The one with the fewest requests under way relative to its window comes first. A server that asked to be left alone
(Retry-After) is, one whose breaker is open gets nothing, and one where this request has failed gets it again only when
it has failed at the others too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from erc_engine.domain.generation import FailReason
from erc_engine.llm.circuit_breaker import CircuitBreaker
from erc_engine.llm.latencies import Latencies
from erc_engine.llm.request_window import RequestWindow
from erc_engine.llm.retries import ServerFault
from erc_engine.llm.server_address import Server

WORTH_WAITING = 5.0  # seconds until servers that are down are asked again; a longer wait fails at once
PATIENCE = 60.0  # seconds that servers may ask to be left alone


@dataclass(eq=False)
class Route:
    """What is known of one server."""

    server: Server
    window: RequestWindow = field(init=False)
    latencies: Latencies = field(init=False)
    breaker: CircuitBreaker = field(init=False)
    under_way: int = 0
    sent: int = 0
    rests_until: float = 0.0
    last: str = ""  # what its last failure said

    def __post_init__(self) -> None:
        self.window = RequestWindow(self.server.least_at_once, self.server.most_at_once)
        self.latencies = Latencies(self.server.timeout_seconds, self.server.least_seconds)
        self.breaker = CircuitBreaker()

    @property
    def has_room(self) -> bool:
        return self.under_way < self.window.size

    def load_with_one_more(self) -> float:
        return (self.under_way + 1) / self.window.size


@dataclass(frozen=True)
class Place:
    """A request under way: where, since when, and how many there are with it.

    `probe`: it tries an open breaker. `seconds` is what it may take.
    """

    route: Route
    sent_at: float
    under_way: int
    probe: bool
    seconds: float = 0.0


class Router:
    def __init__(self, servers: Sequence[Server], *, now: Callable[[], float], patience: float = PATIENCE) -> None:
        self.routes = tuple(Route(server) for server in servers)
        self._now = now
        self._patience = patience
        self._changed = threading.Condition()
        self._closed = False

    def enter(self, failed_at: Collection[Route] = ()) -> Place:
        """A place at the best server, as soon as there is one."""
        with self._changed:
            while True:
                found = self.choose(failed_at)
                if isinstance(found, Route):
                    return self._begin(found)
                self._changed.wait(found)

    def choose(self, failed_at: Collection[Route] = ()) -> Route | float | None:
        """The best server now, or seconds to wait for one (None: until one leaves). ServerFault if it is no use."""
        if self._closed:
            raise ServerFault("the model was closed here", code=FailReason.CONNECTION, retryable=True)
        now = self._now()
        up = [route for route in self.routes if route.breaker.lets_in(now)]
        ready = [route for route in up if route.rests_until <= now]
        untried = [route for route in ready if route not in failed_at]  # waited for rather than failed again elsewhere
        free = [route for route in untried or ready if route.has_room]
        if free:
            return min(free, key=lambda route: (route.load_with_one_more(), route.sent))
        waits = [route.breaker.wait(now) for route in self.routes if route not in up]
        if not up and min(waits) > WORTH_WAITING:
            raise self._all_down(min(waits))
        rests = [route.rests_until - now for route in up if route not in ready]
        if up and not ready and min(rests) > self._patience:
            raise self._all_rest(min(rests))
        return min((seconds for seconds in (*waits, *rests) if seconds > 0), default=None)

    def ready_elsewhere(self, failed_at: Collection[Route]) -> bool:
        """Whether a server where the request has not failed would take it without a pause."""
        with self._changed:
            now = self._now()
            others = [route for route in self.routes if route not in failed_at]
            return any(route.breaker.lets_in(now) and route.rests_until <= now for route in others)

    def leave(self, place: Place, fault: ServerFault | None = None, *, given_up: bool = False) -> None:
        """How a request ended: with an answer, with a fault, or given up here before either."""
        route = place.route
        with self._changed:
            route.under_way -= 1
            if given_up:
                route.breaker.given_up(probe=place.probe)
            elif fault is None:
                route.breaker.answered()
                route.window.grow(place.under_way)
                route.latencies.add(self._now() - place.sent_at)
            else:
                self._learn(place, fault)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _begin(self, route: Route) -> Place:
        now = self._now()
        route.under_way += 1
        route.sent += 1
        return Place(route, now, route.under_way, route.breaker.begin(), route.latencies.timeout)

    def _learn(self, place: Place, fault: ServerFault) -> None:
        route, now, late = place.route, self._now(), fault.code == FailReason.TIMEOUT
        route.last = fault.message
        if fault.overloaded:
            route.window.shrink(place.sent_at, now)
        if late:
            route.latencies.add(now - place.sent_at)
        patient = (fault.wait_seconds or 0.0) <= self._patience or len(self.routes) > 1  # else the run is to pause
        if fault.wait_seconds is not None and patient:
            route.rests_until = max(route.rests_until, now + fault.wait_seconds)
        wrong_server = (
            fault.elsewhere and len(self.routes) > 1
        )  # one that refuses everything is quick, and would get all
        if fault.down or (wrong_server and not fault.overloaded) or (late and place.probe):
            route.breaker.failed(now, probe=place.probe)
        elif not late:
            route.breaker.answered()

    def _all_down(self, seconds: float) -> ServerFault:
        last = max(self.routes, key=lambda route: route.breaker.failures).last
        who = f"all {len(self.routes)} servers have" if len(self.routes) > 1 else f"{self.routes[0].server.url} has"
        return ServerFault(
            f"{who} failed too often in a row and nothing is sent for {seconds:.1f} s; the last failure: {last}",
            hint="are they running, and are these their addresses? erc models --check tells",
            code=FailReason.CONNECTION,
            retryable=True,
        )

    def _all_rest(self, seconds: float) -> ServerFault:
        return ServerFault(
            f"the server asked to be left alone for {seconds:.0f} s more: {self.routes[0].last}",
            hint="go on with the run after that",
            code=FailReason.RATE_LIMITED,
            retryable=True,
        )
