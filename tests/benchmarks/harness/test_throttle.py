"""How long a 429 makes us wait."""

from datetime import UTC, datetime

import pytest

from benchmarks.harness.throttle import wait_s

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Wed, 25 Nov 2026 12:00:20 GMT"}, 20),
        # By the server's own clock, which may be far from ours: 20 s.
        (
            {
                "retry-after": "Sat, 28 Nov 2026 08:00:20 GMT",
                "date": "Sat, 28 Nov 2026 08:00:00 GMT",
            },
            20,
        ),
        # "At once", and moments that are past, still leave a little peace.
        ({"retry-after": "0"}, 0.1),
        ({"retry-after": "Wed, 25 Nov 2026 11:00:00 GMT"}, 0.1),
    ],
)
def test_the_reply_says_how_long(headers, seconds):
    assert wait_s(headers, attempt=1, at=NOON) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "-5"])
@pytest.mark.parametrize(("attempt", "most"), [(1, 1.0), (2, 2.0), (9, 16.0)])
def test_without_a_word_it_backs_off_with_jitter(text, attempt, most):
    # 0.5 s doubled per attempt, at most 16 s, of which at least half.
    waits = {wait_s({"retry-after": text}, attempt=attempt, at=NOON) for _ in range(50)}

    assert all(most / 2 <= wait <= most for wait in waits)
    assert len(waits) > 1
