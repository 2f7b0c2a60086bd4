"""Content codings that a reply may have although none was asked for."""

import zlib
from collections.abc import Iterator

from benchmarks.harness.wire import malformed

_PIECE_BYTES = 64 * 1024
# A stream of events shrinks to a twentieth or so; a bomb to less than a hundredth.
_FREE_BYTES = 256 * 1024
_MOST_RATIO = 100
_HEADER_BYTES = 2
_AUTOMATIC = zlib.MAX_WBITS | 32  # gzip or zlib, by the header


class Inflater:
    """Undoes gzip and deflate piece by piece, so that no bomb fills the memory."""

    def __init__(self) -> None:
        self._begun = b""
        self._inflate = zlib.decompressobj(_AUTOMATIC)
        self._packed = self._plain = 0

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield what the piece holds, at most 64 KiB at a time.

        Raises `Miss` when it is neither coding, or out of all proportion: unpacking
        that would keep the loop, and so every other stream, waiting.
        """
        if len(self._begun) < _HEADER_BYTES:
            piece = self._begun = self._begun + piece
            if len(piece) < _HEADER_BYTES:
                return
            self._inflate = zlib.decompressobj(_window_bits(piece))
        while piece:
            plain = self._some(piece)
            rest = self._inflate.unconsumed_tail
            self._packed += len(piece) - len(rest)
            self._plain += len(plain)
            if self._plain > _FREE_BYTES + _MOST_RATIO * self._packed:
                raise malformed("the reply unpacks to absurdly much")
            yield plain
            piece = rest

    def _some(self, piece: bytes) -> bytes:
        try:
            return self._inflate.decompress(piece, _PIECE_BYTES)
        except zlib.error:
            raise malformed("the reply's compression is broken") from None


def _window_bits(start: bytes) -> int:
    """Return what zlib is to expect: some servers leave out the header of `deflate`.

    RFC 9110 asks for one: RFC 1950 says what its first two bytes may be.
    """
    is_gzip = start[:2] == b"\x1f\x8b"
    is_zlib = start[0] & 0x0F == zlib.DEFLATED and (start[0] * 256 + start[1]) % 31 == 0
    return _AUTOMATIC if is_gzip or is_zlib else -zlib.MAX_WBITS


def inflater(coding: str) -> Inflater | None:
    """Return what undoes a `Content-Encoding`, or None when there is nothing to undo.

    Raises `Miss` for a coding that we do not know and did not ask for.
    """
    if coding in ("", "identity"):
        return None
    if coding in ("gzip", "x-gzip", "deflate"):
        return Inflater()
    raise malformed("the reply has a content coding that was not asked for")
