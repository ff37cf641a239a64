import json
import threading
import time

import pytest

from erc_engine.domain.generation import FailReason
from erc_engine.errors import ModelError
from tests.llm.conftest import asked
from tests.llm.fake_server import (
    FINISHED,
    cut_short,
    drips_for_ever,
    event,
    hangs_up,
    piece,
    raw,
    stalls_after,
    status,
    streamed,
    trickles,
    whole,
)

LINES = "1. Ana [joy]: You came!\n2. Bo [neutral]: Barely."
GOOD = streamed(LINES)


def failure(model) -> ModelError:
    with pytest.raises(ModelError) as caught:
        model.complete(asked())
    return caught.value


def test_pieces_of_a_stream_become_one_text_with_its_counts(server, connect):
    server.will(streamed("1. Ana [joy]: ", "You came!\n", "2. Bo [neutral]: Barely."))
    reply = connect().complete(asked())
    assert reply.text == LINES
    assert (reply.finish, reply.prompt_tokens, reply.completion_tokens) == ("stop", 31, 14)
    assert (reply.model, reply.injected) == ("tiny-chat", None)


def test_the_request_carries_messages_sampling_and_seed(server, connect):
    connect().complete(asked(seed=2**63 + 5))
    [seen] = server.seen
    assert seen.path == "/v1/chat/completions"
    assert seen.body["messages"][0] == {"role": "system", "content": "You write dialogues."}
    assert (seen.body["model"], seen.body["seed"], seen.body["max_tokens"]) == ("tiny-chat", 5, 24)
    assert "Authorization" not in seen.headers


def test_a_named_endpoints_key_travels_as_a_bearer(server, connect):
    connect(key="sesame").complete(asked())
    assert server.seen[0].headers["Authorization"] == "Bearer sesame"


def test_a_reply_that_stopped_at_its_token_limit_says_length(server, connect):
    server.will(streamed("1. Ana [joy]: You ca", finish="length"))
    assert connect().complete(asked()).finish == "length"


def test_a_server_that_does_not_stream_is_read_all_the_same(server, connect):
    server.will(
        whole(
            {
                "choices": [{"message": {"content": LINES}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 3, "completion_tokens": 2},
            }
        )
    )
    reply = connect().complete(asked())
    assert (reply.text, reply.completion_tokens) == (LINES, 2)


def test_a_server_that_refuses_to_stream_is_asked_for_the_whole_and_remembered(server, connect):
    server.will(
        status(422, {"detail": "stream_options: extra fields not permitted"}),
        status(400, {"error": {"message": "stream is not supported"}}),
        whole({"choices": [{"message": {"content": LINES}}]}),
    )
    model = connect()
    assert [model.complete(asked()).text, model.complete(asked()).text] == [LINES, LINES]
    assert [sorted({"stream", "stream_options"} & set(seen.body)) for seen in server.seen] == [
        ["stream", "stream_options"],
        ["stream"],
        [],
        [],
    ]


def test_text_outside_ascii_survives_any_cut_between_chunks(server, connect):
    data = b"".join((event(json.loads(json.dumps(piece("Renée: “ça va” 🙂")))), event(FINISHED), event("[DONE]")))
    utf8 = "data: {}\n\n".format(json.dumps(piece(" naïve 🙂"), ensure_ascii=False)).encode()
    server.will(raw(*(bytes([byte]) for byte in utf8 + data)))
    assert connect().complete(asked()).text == " naïve 🙂Renée: “ça va” 🙂"


def test_a_busy_server_is_left_alone_as_long_as_it_asks(server, connect, slept):
    server.will(status(429, headers={"Retry-After": "3"}), GOOD)
    assert connect().complete(asked()).text == LINES
    assert slept == [3.0]


def test_a_date_to_come_back_at_is_read_against_todays_clock(server, connect, slept):
    server.will(status(503, headers={"Retry-After": "Thu, 01 Jan 1970 00:01:40 GMT"}), GOOD)
    connect(today=90.0).complete(asked())
    assert slept == [10.0]


def test_a_server_that_wants_an_hour_is_given_up_at_once(server, connect, slept):
    server.will(status(429, {"error": {"message": "slow down"}}, headers={"Retry-After": "3600"}))
    error = failure(connect())
    assert (error.code, error.retryable, slept) == (FailReason.RATE_LIMITED, True, [])
    assert "3600 s" in error.hint
    assert "slow down" in error.message


def test_waits_double_while_a_server_keeps_failing_and_then_it_is_given_up(server, connect, slept):
    server.will(status(500, "overloaded"))
    error = failure(connect())
    assert (error.code, error.retryable) == (FailReason.SERVER_ERROR, True)
    assert slept == [0.25, 0.5, 1.0, 2.0]  # half of .5, 1, 2, 4: the jitter is 0 here
    assert len(server.seen) == 5


@pytest.mark.parametrize(
    ("code", "reason"),
    [(408, FailReason.TIMEOUT), (409, FailReason.SERVER_ERROR), (502, FailReason.SERVER_ERROR)],
)
def test_passing_troubles_are_tried_again(server, connect, code, reason):
    server.will(status(code), GOOD)
    model = connect()
    assert model.complete(asked()).text == LINES
    server.will(status(code))
    assert failure(model).code == reason


@pytest.mark.parametrize("code", [400, 401, 403, 404, 413, 422])
def test_a_refused_request_is_not_repeated_and_says_what_the_server_said(server, connect, slept, code):
    server.will(status(code, {"error": {"message": "no such model: tiny-chat"}}))
    error = failure(connect())
    assert (error.code, error.retryable, len(server.seen), slept) == (FailReason.REFUSED_REQUEST, False, 1, [])
    assert f"HTTP {code}: no such model: tiny-chat" in error.message


def test_a_redirect_is_not_followed(server, connect):
    server.will(status(307, headers={"Location": f"{server.url}/elsewhere"}))
    error = failure(connect(key="sesame"))
    assert (error.code, error.retryable, len(server.seen)) == (FailReason.REFUSED_REQUEST, False, 1)
    assert "elsewhere" in error.message
    assert "final address" in error.hint


def test_the_key_stands_in_no_message_even_if_the_server_repeats_it(server, connect):
    model = connect(key="sesame")
    for behaviour in (
        status(401, {"error": {"message": "bad key sesame"}}),
        raw(b"<html>Authorization: Bearer sesame</html>", kind="text/html"),
        raw(event({"error": {"message": "sesame is over its quota"}})),
    ):
        server.will(behaviour)
        error = failure(model)
        assert "sesame" not in f"{error} {error.message} {error.hint}"
        assert "[key]" in error.message


LONG_KEY = "sk-Zq81TfW0pLx7Vb3NcYd9"


@pytest.mark.parametrize("before", range(0, 305, 4))
def test_no_piece_of_a_key_is_left_where_words_are_cut(server, connect, before):
    server.will(status(401, {"error": {"message": "." * before + LONG_KEY + " is wrong" * 50}}))
    assert not pieces_in(failure(connect(key=LONG_KEY)).message)


@pytest.mark.parametrize(
    "behaviour",
    [
        status(401, {"error": {"message": f"bad {LONG_KEY[:9]}\0{LONG_KEY[9:]}"}}),
        status(401, {"error": {"message": "\0".join(LONG_KEY)}}),
        status(307, headers={"Location": f"/{LONG_KEY}"}),
        raw(event({"error": {"message": f"{LONG_KEY[:3]}\x1b{LONG_KEY[3:]}"}})),
        raw(f"bad {LONG_KEY[:15]}".encode(), kind="text/html"),
        raw(b"<html>", kind=f"text/{LONG_KEY}"),
        raw(b"", headers={"Content-Encoding": "gzip", LONG_KEY + " ": "x"}),
    ],
)
def test_a_key_in_disguise_or_in_pieces_is_covered_too(server, connect, behaviour):
    server.will(*[behaviour] * 5)
    message = failure(connect(key=LONG_KEY)).message
    assert not pieces_in(message)
    assert not pieces_in(message.replace(" ", ""))
    assert "[key]" in message


def pieces_in(message: str) -> list[str]:
    pieces = [LONG_KEY[start : start + 8].lower() for start in range(len(LONG_KEY) - 7)]
    return [piece for piece in pieces if piece in message.lower()]


def test_a_key_in_the_name_of_the_model_is_covered(server, connect):
    for name in (f"tiny-{LONG_KEY}", f"tiny-{LONG_KEY[:9]}\0{LONG_KEY[9:]}"):
        server.will(whole({"model": name, "choices": [{"message": {"content": LINES}}]}))
        assert connect(key=LONG_KEY).complete(asked()).model == "tiny-[key]"


@pytest.mark.parametrize(
    "behaviour",
    [
        raw(event("{not json")),
        raw(event("[" * 200_000)),
        raw(event("[1, 2]")),
        raw(event({"choices": "none"})),
        raw(event("[DONE]")),
        raw(b"<html>It works!</html>", kind="text/html"),
        raw(b"{}", kind="application/json"),
        raw(b"\xff\xfe\x00", kind="application/json"),
        raw(b"not gzip", headers={"Content-Encoding": "gzip"}),
        whole({"choices": []}),
    ],
    ids=["garbage", "deep", "list", "no choices", "nothing", "html", "empty object", "bytes", "gzip", "no choice"],
)
def test_a_reply_in_another_language_is_a_bad_reply(server, connect, slept, behaviour):
    server.will(behaviour)
    assert failure(connect()).code == FailReason.BAD_REPLY
    assert slept == []


@pytest.mark.parametrize(
    "behaviour",
    [raw(event(piece("1. Ana [joy]: You"))), cut_short(event(piece("1. Ana"))), hangs_up],
    ids=["ends early", "cut", "hangs up"],
)
def test_a_broken_connection_starts_the_reply_anew(server, connect, slept, behaviour):
    server.will(behaviour, GOOD)
    assert connect().complete(asked()).text == LINES
    assert slept == [0.25]
    server.will(behaviour)
    assert failure(connect()).code == FailReason.CONNECTION


def test_an_error_in_the_middle_of_a_stream_is_the_servers(server, connect):
    server.will(raw(event(piece("1. Ana")), event({"error": {"message": "out of memory"}})))
    error = failure(connect())
    assert error.code == FailReason.SERVER_ERROR
    assert "out of memory" in error.message


@pytest.mark.parametrize("chunks", [(), (event(piece("1. Ana")),)], ids=["before the first piece", "after it"])
def test_a_stalled_stream_times_out(server, connect, slept, chunks):
    server.will(stalls_after(*chunks))
    error = failure(connect(timeout_seconds=0.2))
    assert (error.code, error.retryable, slept) == (FailReason.TIMEOUT, True, [])


@pytest.mark.parametrize(
    "start", ["HTTP/1.1 200 OK\r\nX-Slow: ", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"]
)
def test_a_server_that_trickles_its_headers_or_its_body_ends_with_the_time_for_the_whole(server, connect, start):
    server.will(trickles(start, every=0.05))
    began = time.monotonic()
    error = failure(connect(timeout_seconds=0.5))
    assert 0.4 < time.monotonic() - began < 2.5
    assert error.code == FailReason.TIMEOUT
    assert "took longer than 0.5 s" in error.message


def test_a_slow_drip_ends_with_the_time_for_the_whole(server, connect):
    server.will(drips_for_ever(b": still here\n\n"))
    error = failure(connect(timeout_seconds=0.3, max_bytes=10**12))
    assert error.code == FailReason.TIMEOUT
    assert "longer than 0.3 s" in error.message


@pytest.mark.parametrize("chunk", [event(piece("ha ")), b"x" * 1000], ids=["events", "one line"])
def test_a_reply_without_an_end_is_broken_off(server, connect, chunk):
    server.will(drips_for_ever(chunk))
    error = failure(connect(max_bytes=100_000))
    assert error.code == FailReason.BAD_REPLY
    assert "longer than 100000 bytes" in error.message


def test_a_server_that_keeps_the_line_open_after_its_end_is_not_waited_for(server, connect):
    server.will(stalls_after(event(piece(LINES)), event(FINISHED), event("[DONE]")))
    assert connect().complete(asked()).text == LINES


def test_a_server_that_is_not_there_is_a_lost_connection(server, connect, slept):
    model = connect()
    server.__exit__()
    error = failure(model)
    assert (error.code, error.retryable, len(slept)) == (FailReason.CONNECTION, True, 4)
    assert "is it running" in error.hint


def test_a_stream_shows_its_first_piece_before_the_last_is_written(server, connect):
    server.will(stalls_after(event(piece("1. Ana [joy]: "))))
    pieces = connect(timeout_seconds=0.4).stream(asked())
    assert next(pieces) == "1. Ana [joy]: "
    with pytest.raises(ModelError) as caught:
        next(pieces)
    assert caught.value.code == FailReason.TIMEOUT


def test_a_stream_is_tried_again_only_before_its_first_piece(server, connect, slept):
    server.will(status(500), raw(event(piece("1. Ana"))))
    pieces = connect().stream(asked())
    assert next(pieces) == "1. Ana"
    with pytest.raises(ModelError, match="broke off"):
        next(pieces)
    assert (slept, len(server.seen)) == ([0.25], 2)


def test_closing_ends_what_is_under_way(server, connect):
    server.will(stalls_after(event(piece("1. Ana"))))
    model = connect()
    errors: list[ModelError] = []
    begun = threading.Event()

    def ask() -> None:
        try:
            for _ in model.stream(asked()):
                begun.set()
        except ModelError as error:
            errors.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    begun.wait(10)
    model.close()
    server.released.set()
    asking.join(10)
    assert [error.code for error in errors] == [FailReason.CONNECTION]
    assert failure(model).code == FailReason.CONNECTION


def test_many_threads_share_one_model(server, connect):
    model = connect()
    texts: list[str] = []
    threads = [threading.Thread(target=lambda: texts.append(model.complete(asked()).text)) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert texts == ["1. Ana [joy]: You came!"] * 24
