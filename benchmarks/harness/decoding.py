"""Content codings that a reply may have although none was asked for."""

import zlib
from collections.abc import Iterator

from benchmarks.harness.wire import malformed

_PIECE_BYTES = 64 * 1024
# A stream of events shrinks to a twentieth or so; a bomb to less than a hundredth.
_FREE_BYTES = 256 * 1024
_MOST_RATIO = 100
_AUTOMATIC = zlib.MAX_WBITS | 32  # gzip or zlib, by the header


class Inflater:
    """Undoes gzip and deflate piece by piece, so that no bomb fills the memory."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_AUTOMATIC)
        self._begun = False
        self._packed = self._plain = 0

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield what the piece holds, at most 64 KiB at a time.

        Raises `Miss` when it is neither coding, or out of all proportion: unpacking
        that would keep the loop, and so every other stream, waiting.
        """
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
            plain = self._inflate.decompress(piece, _PIECE_BYTES)
        except zlib.error:
            if self._begun:
                raise malformed("the reply's compression is broken") from None
            return self._without_header(piece)
        self._begun = True
        return plain

    def _without_header(self, piece: bytes) -> bytes:
        """Some servers send `deflate` without the zlib header that RFC 9110 asks."""
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._begun = True
        return self._some(piece)


def inflater(coding: str) -> Inflater | None:
    """Return what undoes a `Content-Encoding`, or None when there is nothing to undo.

    Raises `Miss` for a coding that we do not know and did not ask for.
    """
    if coding in ("", "identity"):
        return None
    if coding in ("gzip", "x-gzip", "deflate"):
        return Inflater()
    raise malformed("the reply has a content coding that was not asked for")
