from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from erc_engine.llm.event_stream import events


def test_events_end_with_an_empty_line_and_comments_are_left_out():
    stream = b": hello\n\nevent: x\ndata: one\nid: 4\n\ndata:two\n\n: bye\n\n"
    assert list(events([stream])) == ["one", "two"]


def test_data_over_several_lines_is_one_event():
    assert list(events([b"data: a\ndata:  b\n\n"])) == ["a\n b"]


def test_windows_line_ends_are_line_ends():
    assert list(events([b"data: a\r", b"\n\r\ndata: b\r\n\r\n"])) == ["a", "b"]


def test_an_event_that_breaks_off_is_not_given_out():
    assert list(events([b"data: a\n\ndata: b\n"])) == ["a"]


@given(
    st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), min_size=1)),
    st.lists(st.integers(0, 400)),
)
def test_chunks_may_be_cut_anywhere(texts, cuts):
    stream = b"".join(f"data: {text}\n\n".encode() for text in texts)
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    assert list(events(stream[a:b] for a, b in pairwise(places))) == texts
