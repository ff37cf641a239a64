import pytest

from erc_engine.llm.retries import Retries, ServerFault, retry_after


def fault(again: bool = True, wait_seconds: float | None = None) -> ServerFault:
    return ServerFault("no", code="server_error", again=again, wait_seconds=wait_seconds)


def run(*answers: ServerFault | str, **settings: object) -> tuple[str, list[float]]:
    """The answer in the end and the waits before it."""
    slept: list[float] = []
    queue = list(answers)

    def call() -> str:
        answer = queue.pop(0)
        if isinstance(answer, ServerFault):
            raise answer
        return answer

    return Retries(sleep=slept.append, **{"jitter": lambda: 1.0, **settings}).run(call), slept


def test_a_first_answer_needs_no_wait():
    assert run("yes") == ("yes", [])


def test_waits_double_up_to_the_longest():
    assert run(*[fault()] * 4, "yes", longest_seconds=3.0) == ("yes", [0.5, 1.0, 2.0, 3.0])


def test_jitter_takes_up_to_half_of_a_wait_away():
    assert run(fault(), fault(), "yes", jitter=lambda: 0.0) == ("yes", [0.25, 0.5])


def test_the_servers_wish_is_never_cut_short():
    assert run(fault(wait_seconds=7.0), "yes") == ("yes", [7.5])
    assert run(fault(wait_seconds=7.0), "yes", jitter=lambda: 0.0) == ("yes", [7.0])


@pytest.mark.parametrize("hopeless", [fault(again=False), fault(wait_seconds=61.0)], ids=["final", "too long"])
def test_what_is_hopeless_is_not_repeated(hopeless):
    with pytest.raises(ServerFault):
        run(hopeless, "yes")


def test_tries_are_bounded():
    with pytest.raises(ServerFault):
        run(*[fault()] * 3, "yes", times=2)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 10.0),
        ("Thu, 01 Jan 1970 00:01:40 -0000", 10.0),
        ("Thu, 01 Jan 1970 00:00:01 GMT", 0.0),  # already past
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("12 minutes", None),
    ],
)
def test_a_time_to_come_back_is_seconds_or_a_date(header, seconds):
    assert retry_after(header, now=90.0) == seconds
