"""What replies say is shown without anything from our own headers."""

import pytest

from benchmarks.harness.replies import MAX_DETAIL, presentable

SECRET = "sk-live-0123456789abcdefghijklmnopqrstuvwxyz"
HEADERS = (("Authorization", f"Bearer {SECRET}"),)


@pytest.mark.parametrize(
    "said",
    [
        f"the key {SECRET} is wrong",
        # Masked in the middle, as providers do.
        f"the key {SECRET[:12]}****{SECRET[-8:]} is wrong",
        # Cut at 200 characters it would end within the secret.
        "x" * (MAX_DETAIL - 20) + SECRET,
        f"{SECRET[:20]}",
    ],
)
def test_nothing_of_a_secret_is_left_to_read(said):
    shown = presentable(said, HEADERS)

    assert len(shown) <= MAX_DETAIL
    pieces = {SECRET[at : at + 8] for at in (0, len(SECRET) - 8)}
    assert not any(piece in shown for piece in pieces)
    assert SECRET[:8] not in shown


@pytest.mark.parametrize("said", ["stop", "gpt-4o-2024-08-06", "the key sk-… is wrong"])
def test_words_that_hold_no_secret_stay_as_they_are(said):
    assert presentable(said, HEADERS) == said
