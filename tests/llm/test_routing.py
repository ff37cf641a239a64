import threading

import pytest

from erc_engine.domain.generation import FailReason
from erc_engine.llm.retries import ServerFault
from erc_engine.llm.routing import Place, Route, Router
from erc_engine.llm.server_address import Server


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def router(*most: int, clock: Clock | None = None) -> Router:
    servers = [Server(f"http://node{n}/v1", "m", True, False, 60.0, most_at_once=m) for n, m in enumerate(most)]
    return Router(servers, now=clock or Clock())


def broken(**more: object) -> ServerFault:
    return ServerFault("HTTP 500: out of memory", code=FailReason.SERVER_ERROR, down=True, elsewhere=True, **more)


def busy(wait: float | None = None) -> ServerFault:
    return ServerFault(
        "HTTP 429", code=FailReason.RATE_LIMITED, overloaded=True, elsewhere=True, wait_seconds=wait, again=True
    )


def places(routes: Router, count: int) -> list[Place]:
    return [routes.enter() for _ in range(count)]


def where(taken: list[Place]) -> list[str]:
    return [place.route.server.url[11] for place in taken]


def take_down(routes: Router, route: Route) -> None:
    for _ in range(5):
        route.under_way += 1
        routes.leave(Place(route, 100.0, 1, probe=False), broken())


def test_requests_go_where_the_fewest_are_under_way():
    routes = router(8, 8)
    taken = places(routes, 4)
    assert where(taken) == ["0", "1", "0", "1"]
    routes.leave(taken[1])
    routes.leave(taken[3])
    assert where(places(routes, 2)) == ["1", "1"]


def test_fewest_is_meant_relative_to_the_window():
    assert sorted(where(places(router(2, 6), 8))) == ["0"] * 2 + ["1"] * 6


def test_a_slow_server_gets_less_because_its_requests_stay():
    routes = router(8, 8)
    given = []
    for _ in range(20):
        place = routes.enter()
        given += where([place])
        if place.route is routes.routes[1]:
            routes.leave(place)
    assert given.count("1") > 2 * given.count("0")


def test_where_all_are_full_a_request_waits_until_one_leaves():
    routes = router(1, 1)
    first, second = places(routes, 2)
    assert routes.choose() is None
    got: list[Place] = []
    waiting = threading.Thread(target=lambda: got.append(routes.enter()))
    waiting.start()
    routes.leave(second)
    waiting.join(10)
    assert [place.route for place in got] == [second.route]
    assert first.route is not second.route


def test_a_429_halves_the_window_of_its_server_alone():
    clock = Clock()
    routes = router(8, 8, clock=clock)
    taken = places(routes, 4)
    clock.now += 1
    for place in taken[::2]:
        routes.leave(place, busy())
    assert [route.window.size for route in routes.routes] == [4, 8]


def test_a_server_that_asks_to_be_left_alone_is_and_the_other_takes_over():
    clock = Clock()
    routes = router(8, 8, clock=clock)
    routes.leave(routes.enter(), busy(wait=3.0))
    assert where(places(routes, 3)) == ["1", "1", "1"]
    assert not routes.ready_elsewhere([routes.routes[1]])
    clock.now += 3
    assert where(places(routes, 1)) == ["0"]


def test_where_all_ask_for_it_everybody_waits_or_gives_up_when_it_is_long():
    routes = router(8)
    routes.leave(routes.enter(), busy(wait=3.0))
    assert routes.choose() == 3.0
    routes = router(8, 8)
    for place in places(routes, 2):
        routes.leave(place, busy(wait=3600.0))
    with pytest.raises(ServerFault, match=r"left alone for 3600 s more: HTTP 429") as caught:
        routes.enter()
    assert (caught.value.code, caught.value.again) == (FailReason.RATE_LIMITED, False)


def test_an_hour_at_the_only_server_is_said_by_each_request_so_that_the_run_pauses():
    routes = router(8)
    routes.leave(routes.enter(), busy(wait=3600.0))
    assert routes.choose() is routes.routes[0]


def test_a_server_that_fails_gets_nothing_until_its_pause_is_over_and_then_one_request():
    clock = Clock()
    routes = router(16, 16, clock=clock)
    bad, _ = routes.routes
    take_down(routes, bad)
    assert set(where(places(routes, 3))) == {"1"}
    clock.now += 1.0
    assert [place.route for place in places(routes, 2)].count(bad) == 1


def test_when_all_are_down_requests_wait_a_little_and_then_fail_with_the_last_reason():
    clock = Clock()
    routes = router(16, clock=clock)
    take_down(routes, routes.routes[0])
    for pause in (1.0, 2.0, 4.0):
        assert routes.choose() == pause
        clock.now += pause
        probe = routes.enter()
        assert routes.choose() is None  # the others wait for how it ends
        routes.leave(probe, broken())
    with pytest.raises(ServerFault, match=r"node0/v1 has failed too often in a row.* 8\.0 s.*out of memory") as caught:
        routes.enter()
    assert (caught.value.code, caught.value.again) == (FailReason.CONNECTION, False)
    clock.now += 8.0
    routes.leave(routes.enter())
    assert routes.choose() is routes.routes[0]


def test_a_request_waits_for_a_server_where_it_has_not_failed_rather_than_fail_again():
    routes = router(8, 1)
    large, small = routes.routes
    assert routes.choose() is large
    assert routes.choose([large]) is small
    small.under_way = 1
    assert routes.choose([large]) is None
    assert routes.choose([large, small]) is large


def test_one_server_that_refuses_everything_does_not_draw_all_requests_by_being_quick():
    routes = router(16, 16)
    bad = routes.routes[0]
    refusal = ServerFault("HTTP 404: no such model", code=FailReason.REFUSED_REQUEST, elsewhere=True)
    for _ in range(5):
        bad.under_way += 1
        routes.leave(Place(bad, 100.0, 1, probe=False), refusal)
    assert set(where(places(routes, 4))) == {"1"}


def test_a_refusal_by_the_only_server_is_an_answer_and_opens_nothing():
    routes = router(16)
    for _ in range(20):
        routes.leave(routes.enter(), ServerFault("HTTP 404", code=FailReason.REFUSED_REQUEST, elsewhere=True))
    assert routes.choose() is routes.routes[0]


def test_a_closed_router_lets_nobody_in():
    routes = router(1)
    routes.enter()
    waiting: list[str] = []

    def wait() -> None:
        try:
            routes.enter()
        except ServerFault as fault:
            waiting.append(fault.message)

    thread = threading.Thread(target=wait)
    thread.start()
    routes.close()
    thread.join(10)
    assert waiting == ["the model was closed here"]
