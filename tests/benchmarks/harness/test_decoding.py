"""Content codings that nobody asked for."""

import gzip
import zlib

import pytest

from benchmarks.harness.decoding import inflater
from benchmarks.harness.failures import Miss
from benchmarks.harness.samples import ErrorKind

TEXT = b"data: {}\n\n" * 50


def raw_deflate(text):
    squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeeze.compress(text) + squeeze.flush()


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("x-gzip", gzip.compress(TEXT, mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),  # common, though against RFC 9110
    ],
)
def test_gzip_and_deflate_are_undone_byte_by_byte(coding, packed):
    undo = inflater(coding)

    plain = b"".join(part for byte in packed for part in undo.feed(bytes([byte])))

    assert plain == TEXT


@pytest.mark.parametrize("coding", ["", "identity"])
def test_there_may_be_nothing_to_undo(coding):
    assert inflater(coding) is None


def test_a_coding_that_was_not_asked_for_and_is_unknown_is_malformed():
    with pytest.raises(Miss) as caught:
        inflater("br")

    assert caught.value.kind is ErrorKind.MALFORMED_STREAM


@pytest.mark.parametrize(
    "packed",
    [b"\x00\x01not packed at all", gzip.compress(b"\0" * 10_000_000)],
    ids=["garbage", "bomb"],
)
def test_garbage_and_bombs_are_malformed(packed):
    undo = inflater("gzip")

    with pytest.raises(Miss) as caught:
        list(undo.feed(packed))

    assert caught.value.kind is ErrorKind.MALFORMED_STREAM


def test_what_is_broken_later_on_is_malformed_too():
    undo = inflater("gzip")
    packed = bytearray(gzip.compress(TEXT, mtime=0))
    packed[-8] ^= 0xFF  # the check sum

    begun = list(undo.feed(bytes(packed[:30])))

    assert begun
    with pytest.raises(Miss):
        list(undo.feed(bytes(packed[30:])))
