from erc_engine.llm.circuit_breaker import CircuitBreaker


def opened(at: float = 100.0) -> CircuitBreaker:
    breaker = CircuitBreaker()
    for _ in range(5):
        breaker.failed(at)
    return breaker


def test_failures_in_a_row_open_it_and_an_answer_between_them_does_not():
    breaker = CircuitBreaker()
    for _ in range(4):
        breaker.failed(1.0)
    breaker.answered()
    for _ in range(4):
        breaker.failed(2.0)
    assert breaker.lets_in(2.0)
    breaker.failed(2.0)
    assert not breaker.lets_in(2.0)
    assert breaker.wait(2.25) == 0.75


def test_after_its_pause_it_lets_one_request_try():
    breaker = opened()
    assert not breaker.lets_in(100.9)
    assert breaker.lets_in(101.0)
    assert breaker.begin()
    assert not breaker.lets_in(101.0)
    breaker.answered()
    assert breaker.lets_in(101.0)
    assert not breaker.begin()


def test_each_failed_try_doubles_the_pause_up_to_its_bound():
    breaker, now, pauses = opened(), 100.0, []
    for _ in range(7):
        pauses.append(breaker.wait(now))
        now += breaker.wait(now)
        breaker.begin()
        breaker.failed(now, probe=True)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_failures_of_requests_sent_before_it_opened_do_not_lengthen_the_pause():
    breaker = opened()
    breaker.failed(100.9)
    assert breaker.wait(100.9) < 0.11


def test_a_try_that_was_given_up_leaves_the_next_one_free():
    breaker = opened()
    breaker.begin()
    breaker.given_up(probe=True)
    assert breaker.lets_in(101.0)
