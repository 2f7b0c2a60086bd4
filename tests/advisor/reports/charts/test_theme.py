"""The palette keeps to the contrast that it promises."""

import pytest

from advisor.reports.charts import spend_chart, theme


def luminance(colour):
    """Relative luminance of an sRGB colour, as WCAG 2.2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    ]
    return sum(
        w * part for w, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )


def contrast(first, second):
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "colour", [theme.BLUE, theme.GREEN, theme.VERMILION, theme.PURPLE, theme.GREY]
)
def test_a_mark_stands_out_in_both_schemes(colour, scheme):
    background = theme.config_of(scheme)["background"]

    assert contrast(colour, background) >= 2.95  # 3:1 for graphics, WCAG 1.4.11


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_are_readable_in_both_schemes(scheme):
    config = theme.config_of(scheme)

    assert contrast(config["axis"]["labelColor"], config["background"]) >= 7


def test_another_scheme_leaves_the_marks_and_the_given_spec_alone():
    spec = spend_chart([])

    dark = theme.themed(spec, "dark")

    assert dark["config"]["background"] == "#161a21"
    assert spec["config"]["background"] == "#ffffff"
    assert {**dark, "config": None} == {**spec, "config": None}
