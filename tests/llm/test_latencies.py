from erc_engine.llm.latencies import Latencies


def after(*seconds: float, most: float = 120.0) -> Latencies:
    latencies = Latencies(most)
    for each in seconds:
        latencies.add(each)
    return latencies


def test_until_twenty_answers_the_configured_time_holds():
    assert (after(*[1.0] * 19).timeout, after().p99) == (120.0, None)


def test_then_it_is_four_times_the_99th_percentile_between_its_bounds():
    assert after(*[5.0] * 99, 7.0).timeout == 20.0  # of 100, the 99th is 5
    assert after(*[5.0] * 98, 7.0, 9.0).timeout == 28.0
    assert after(*[0.1] * 20).timeout == 10.0
    assert after(*[50.0] * 20).timeout == 120.0


def test_the_configured_time_is_the_bound_even_where_it_is_short():
    assert after(*[0.1] * 20, most=3.0).timeout == 3.0


def test_a_server_that_became_slower_is_given_more_after_its_first_timeouts():
    latencies = after(*[5.0] * 30)
    latencies.add(latencies.timeout)
    assert latencies.timeout == 80.0
