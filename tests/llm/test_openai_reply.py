import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erc_engine.errors import ModelError
from erc_engine.llm.openai_reply import ReplySoFar, error_message, shown

WORDS = st.sampled_from(
    ["choices", "delta", "message", "content", "finish_reason", "usage", "error", "text", "completion_tokens"]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def read(written: str | bytes) -> str:
    try:
        return "text" if isinstance(ReplySoFar().take(written), str) else "neither"
    except ModelError as error:
        return error.code


def test_a_content_of_parts_is_their_text():
    reply = ReplySoFar()
    parts = '{"choices": [{"message": {"content": [{"type": "text", "text": "You "}, {"text": "came!"}]}}]}'
    assert reply.take(parts) == "You came!"


@pytest.mark.parametrize(
    ("said", "finish"), [("stop", "stop"), ("length", "length"), ("content_filter", "abort"), ("eos", "stop")]
)
def test_finishes_of_servers_become_ours(said, finish):
    reply = ReplySoFar()
    reply.take(f'{{"choices": [{{"delta": {{}}, "finish_reason": "{said}"}}]}}')
    assert reply.finish == finish


def test_counts_that_are_no_counts_are_unknown():
    reply = ReplySoFar()
    reply.take('{"choices": [], "usage": {"prompt_tokens": "many", "completion_tokens": -1}}')
    assert (reply.prompt_tokens, reply.completion_tokens) == (None, None)


@given(json_values)
def test_any_json_is_read_or_is_a_model_error(value):
    assert read(json.dumps(value)) in ("text", "bad_reply", "server_error")


@given(st.binary())
def test_any_bytes_are_read_or_are_a_model_error(value):
    assert read(value) in ("text", "bad_reply")


@pytest.mark.parametrize(
    "said",
    [
        {"error": {"message": "too long"}},
        {"error": "too long"},
        {"detail": "too long"},
        {"message": "too long"},
        "too long",
    ],
)
def test_the_words_of_an_error_are_found_in_every_shape(said):
    assert error_message(said) == "too long"


def test_what_is_shown_is_one_short_line():
    assert shown("a\x1b[31m\n b") == "a [31m b"
    assert len(shown("word " * 1000)) == 300
    assert shown("") == "(nothing)"
