"""Server-sent events, however they are cut into pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.harness.events import EventSplitter, EventTooLarge

STREAM = (
    b"\xef\xbb\xbfdata: first\n\n"
    b": a comment\r\n"
    b"event: delta\r\ndata: second\r\n\r\n"
    b"data: third\rdata:of two lines\r\r"
    b"id: 7\nretry: 10\n\n"
    b"data\n\n"
    b"data:  two spaces\n\n"
)
EVENTS = [b"first", b"second", b"third\nof two lines", b"", b" two spaces"]


def split(pieces, limit=1_000):
    splitter = EventSplitter(limit)
    return [event for piece in pieces for event in splitter.feed(piece)]


def test_every_line_end_and_field_is_understood():
    assert split([STREAM]) == EVENTS


@given(st.lists(st.integers(0, len(STREAM)), max_size=40).map(sorted))
def test_it_does_not_matter_where_a_stream_is_cut(cuts):
    ends = [*cuts, len(STREAM)]
    pieces = [STREAM[a:b] for a, b in zip([0, *cuts], ends, strict=True)]

    assert split(pieces) == EVENTS


def test_an_event_comes_out_with_the_byte_that_ends_it():
    splitter = EventSplitter(1_000)

    assert splitter.feed(b"data: one\r\n\r") == [b"one"]
    assert splitter.feed(b"\ndata: two\n\n") == [b"two"]


def test_many_events_may_come_in_one_piece():
    assert split([b"data: 1\n\n" * 3]) == [b"1"] * 3


def test_what_lacks_its_blank_line_is_the_rest():
    splitter = EventSplitter(1_000)
    splitter.feed(b"data: whole\n\ndata: half")

    assert splitter.rest() == [b"half"]
    assert splitter.rest() == []


@pytest.mark.parametrize(
    "pieces",
    [
        [b"data: " + b"x" * 101 + b"\n\n"],
        [b"data: ok\n\n", b"data: " + b"x" * 101 + b"\n\n"],
        [b"data: " + b"x" * 50, b"x" * 51],
        [b"data: " + b"x" * 40 + b"\n"] * 3,
        [b"x" * 60, b"x" * 60],
    ],
)
def test_an_event_beyond_the_limit_is_refused(pieces):
    with pytest.raises(EventTooLarge):
        split(pieces, limit=100)


@pytest.mark.parametrize(
    ("piece", "recognised"),
    [(b"data: x\n", True), (b": hello\n", True), (b'{"error": "no"}\n', False)],
)
def test_other_text_is_told_from_a_stream_of_events(piece, recognised):
    splitter = EventSplitter(1_000)
    splitter.feed(piece)

    assert splitter.recognised is recognised
