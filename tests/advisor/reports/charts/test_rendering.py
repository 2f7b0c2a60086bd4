"""Specs become small pictures, exact to the pixel."""

import struct
import subprocess
import sys
import zlib

import pytest

from advisor.reports.charts import size_mix_chart, spend_chart
from advisor.reports.charts.rendering import compact, png_of

SIGNATURE = b"\x89PNG\r\n\x1a\n"
RED, BLUE, CLEAR = b"\xff\x00\x00\xff", b"\x00\x00\xff\xff", b"\xff\x00\x00\x00"


def bounds(expected):
    return {"low": str(expected - 9), "expected": str(expected), "high": "99.5"}


def a_year():
    return [
        {"month": f"2026-{month:02d}", "in_use": bounds(50), "recommended": bounds(20)}
        for month in range(1, 13)
    ]


def chunk(kind, content):
    checksum = zlib.crc32(kind + content)
    return (
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
    )


def png(rows, *, width, height=1, form=b"\x08\x06\x00\x00\x00"):
    size = struct.pack(">II", width, height)
    return b"".join(
        (
            SIGNATURE,
            chunk(b"IHDR", size + form),
            chunk(b"IDAT", zlib.compress(rows)),
            chunk(b"IEND", b""),
        )
    )


def pixels_of(picture):
    place = picture.index(b"IDAT")
    (length,) = struct.unpack(">I", picture[place - 4 : place])
    return zlib.decompress(picture[place + 4 : place + 4 + length])


@pytest.mark.parametrize(
    "spec",
    [
        spend_chart(a_year()),
        spend_chart([]),
        size_mix_chart([{"band": "small", "share": 1.0}], []),
    ],
)
def test_a_chart_is_a_picture_of_a_few_kilobytes(spec):
    picture = png_of(spec)

    assert picture.startswith(SIGNATURE)
    assert 1_000 < len(picture) < 15_000


def test_the_smaller_file_holds_the_same_pixels():
    # The left filter keeps differences modulo 256: red, then blue less red.
    difference = bytes(
        (second - first) % 256 for first, second in zip(RED, BLUE, strict=True)
    )
    drawn = png(b"\x01" + RED + difference, width=2)

    smaller = compact(drawn)

    assert struct.unpack(">II", smaller[16:24]) == (2, 1)
    assert smaller[24:26] == b"\x08\x02"  # three channels of eight bits
    assert pixels_of(smaller) == b"\x00" + RED[:3] + BLUE[:3]


@pytest.mark.parametrize(
    "other",
    [
        png(b"\x00" + RED + CLEAR, width=2),  # not opaque
        png(b"\x04" + RED + BLUE, width=2),  # filtered in another way
        png(b"\x00\xff\x00\x00", width=1, form=b"\x08\x02\x00\x00\x00"),
    ],
)
def test_another_form_of_picture_comes_back_as_it_is(other):
    assert compact(other) == other


def test_what_is_no_spec_is_refused():
    with pytest.raises(ValueError, match="conversion failed"):
        png_of({"mark": "no_such_mark", "encoding": {}, "data": {"values": []}})


def test_a_process_that_draws_nothing_does_not_load_the_renderer():
    program = (
        "import sys, advisor.reports.charts, advisor.reports.charts.rendering;"
        "print('vl_convert' in sys.modules)"
    )

    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert printed.stdout.strip() == "False"


def test_a_chart_fetches_nothing():
    elsewhere = {"url": "https://example.com/figures.json"}

    with pytest.raises(ValueError, match="not allowed"):
        png_of({"mark": "bar", "encoding": {}, "data": elsewhere})
