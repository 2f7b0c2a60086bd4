"""Draws a spec as a PNG file, without a browser and without a network."""

import json
import struct
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

# Device pixels per pixel: letters stay sharp on a phone, and a chart a few kB.
SCALE = 1.5
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Eight bits for each of four channels, as the renderer writes them.
_RGBA = b"\x08\x06\x00\x00\x00"
_RGB = b"\x08\x02\x00\x00\x00"
_NO_FILTER, _LEFT_FILTER = 0, 1


def png_of(spec: dict[str, Any], *, scale: float = SCALE) -> bytes:
    """Draw a Vega-Lite spec whose data are in it; takes about 0.1 s.

    Pictures drawn lately are at hand: the editions of one report share theirs. Raises
    ValueError for a spec that is none.
    """
    return _drawn(json.dumps(spec, sort_keys=True), scale)


@lru_cache(maxsize=64)
def _drawn(spec: str, scale: float) -> bytes:
    # It starts a JavaScript engine of some 100 MB in this process and keeps it, so
    # that a web process which draws nothing must not load it.
    import vl_convert

    drawn: bytes = vl_convert.vegalite_to_png(spec, scale=scale, allowed_base_urls=[])
    return compact(drawn)


def compact(png: bytes) -> bytes:
    """Return the same opaque picture in a file about ten times smaller.

    The renderer compresses in haste. Anything but its usual form comes back as it is.
    """
    chunks = dict(_chunks(png))
    header = chunks[b"IHDR"]
    width, height = struct.unpack(">II", header[:8])
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8)
    if header[8:] != _RGBA or not _filtered_left(rows.reshape(height, -1)[:, 0]):
        return png
    pixels = _unfiltered(rows.reshape(height, -1), width)
    if (pixels[:, :, 3] != 255).any():
        return png
    plain = np.zeros((height, 1 + 3 * width), np.uint8)
    plain[:, 1:] = pixels[:, :, :3].reshape(height, -1)
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", header[:8] + _RGB),
            _chunk(b"IDAT", zlib.compress(plain.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _filtered_left(filters: Any) -> bool:
    return bool(np.isin(filters, (_NO_FILTER, _LEFT_FILTER)).all())


def _unfiltered(rows: Any, width: int) -> Any:
    """Undo the filter that keeps a byte as the difference to the one on its left."""
    pixels = rows[:, 1:].reshape(len(rows), width, 4).copy()
    left = rows[:, 0] == _LEFT_FILTER
    pixels[left] = np.cumsum(pixels[left], axis=1, dtype=np.uint8)
    return pixels


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and the content of each chunk, those of the pixels as one."""
    pixels, place = b"", len(_SIGNATURE)
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind = png[place + 4 : place + 8]
        content = png[place + 8 : place + 8 + length]
        if kind == b"IDAT":
            pixels += content
        else:
            yield kind, content
        place += 12 + length
    yield b"IDAT", pixels


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return (
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
    )
