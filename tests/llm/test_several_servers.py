"""Several servers behind one model: what one cannot do, another does, and each request gives one reply."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from erc_engine.domain.generation import FailReason
from erc_engine.errors import ModelError
from tests.llm.conftest import asked
from tests.llm.fake_server import FakeServer, hangs_up, raw, stalls_after, status, streamed

GOOD = streamed("1. Ana [joy]: You came!")


@pytest.fixture
def second() -> Iterator[FakeServer]:
    with FakeServer() as running:
        running.will(GOOD)
        yield running


@pytest.mark.parametrize(
    "behaviour",
    [
        status(500),
        status(429, headers={"Retry-After": "3600"}),
        status(404, {"error": {"message": "no such model"}}),
        status(401),
        hangs_up,
        raw(b"<html>", kind="text/html"),
    ],
    ids=["500", "429 for an hour", "404", "401", "hangs up", "html"],
)
def test_what_fails_at_one_server_is_asked_at_the_other_without_a_pause(server, second, connect, slept, behaviour):
    server.will(behaviour)
    reply = connect(second).complete(asked())
    assert reply.text == "1. Ana [joy]: You came!"
    assert (reply.prompt_tokens, reply.completion_tokens) == (31, 14)
    assert (len(server.seen), len(second.seen), slept) == (1, 1, [])


def test_what_one_server_does_not_answer_in_time_another_may(server, second, connect):
    server.will(stalls_after())
    assert connect(second, timeout_seconds=0.6).complete(asked()).text == "1. Ana [joy]: You came!"
    assert (len(server.seen), len(second.seen)) == (1, 1)


@pytest.mark.parametrize("code", [400, 413, 422])
def test_a_request_that_is_wrong_itself_is_not_sent_around(server, second, connect, code):
    server.will(status(code, {"error": {"message": "too long"}}))
    with pytest.raises(ModelError, match="too long"):
        connect(second).complete(asked())
    assert (len(server.seen), len(second.seen)) == (1, 0)


def test_a_server_that_is_gone_costs_five_requests_and_the_others_do_the_work(server, second, connect):
    model = connect(second)
    server.__exit__()
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda seed: model.complete(asked(seed=seed)).text, range(40)))
    assert texts == ["1. Ana [joy]: You came!"] * 40
    assert len(second.seen) == 40
    assert model.router.routes[0].breaker.failures >= 5


def test_when_both_are_gone_the_failure_names_the_last_reason(server, second, connect, monkeypatch):
    monkeypatch.setattr("erc_engine.llm.routing.WORTH_WAITING", 0.5)
    model = connect(second)
    server.__exit__()
    second.__exit__()
    errors = []
    for _ in range(12):
        with pytest.raises(ModelError) as caught:
            model.complete(asked())
        errors.append(caught.value)
    assert {error.code for error in errors} == {FailReason.CONNECTION}
    assert "all 2 servers have failed too often in a row" in errors[-1].message
    assert "cannot be reached" in errors[-1].message
    assert "erc models --check" in errors[-1].hint


def test_both_are_used_and_the_model_says_how_many_requests_suit_them(server, second, connect):
    model = connect(second)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seed: model.complete(asked(seed=seed)), range(40)))
    assert len(server.seen) + len(second.seen) == 40
    assert min(len(server.seen), len(second.seen)) > 5
    assert model.capabilities.window == 32
    assert [route.under_way for route in model.router.routes] == [0, 0]


def test_a_stream_that_is_left_early_gives_its_place_back(server, connect):
    server.will(streamed("1. Ana [joy]: ", "You came!"))
    model = connect()
    pieces = model.stream(asked())
    assert next(pieces) == "1. Ana [joy]: "
    assert model.router.routes[0].under_way == 1
    pieces.close()
    assert model.router.routes[0].under_way == 0
