from erc_engine.llm.request_window import RequestWindow


def grown(window: RequestWindow, answers: int) -> list[int]:
    sizes = []
    for _ in range(answers):
        window.grow(under_way=window.size)
        sizes.append(window.size)
    return sizes


def test_it_begins_with_eight_within_its_bounds():
    assert [RequestWindow(1, 64).size, RequestWindow(1, 4).size, RequestWindow(12, 64).size] == [8, 4, 12]


def test_each_answer_adds_one_until_the_server_first_has_too_much():
    window = RequestWindow(1, 11)
    assert grown(window, 5) == [9, 10, 11, 11, 11]
    window.shrink(sent_at=1.0, now=2.0)
    assert window.size == 5  # half of 11, and the half is remembered
    assert grown(window, 7) == [5, 5, 6, 6, 6, 6, 6]  # a round of five or six answers adds one


def test_a_window_that_is_not_full_does_not_grow():
    window = RequestWindow(1, 64)
    window.grow(under_way=7)
    assert window.size == 8


def test_one_overload_halves_it_once_whoever_reports_it():
    window = RequestWindow(2, 64)
    for _ in range(8):
        window.shrink(sent_at=1.0, now=2.0)
    assert window.size == 4
    window.shrink(sent_at=2.5, now=3.0)
    window.shrink(sent_at=3.5, now=4.0)
    assert window.size == 2  # never below its lower bound
