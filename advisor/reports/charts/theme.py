"""The look that all charts share: one palette, a light and a dark surrounding.

The colours of marks are in the specs and stand in both schemes: each has a contrast of
3:1 or more against both backgrounds, and they differ in lightness and hue for the
usual kinds of colour blindness (Okabe and Ito's set, without its yellows). Only what
surrounds the marks, in the spec's `config`, depends on the scheme.
"""

from typing import Any, Final, Literal

import altair as alt

Spec = dict[str, Any]
Scheme = Literal["light", "dark"]

BLUE: Final = "#0072b2"
GREEN: Final = "#009e73"
VERMILION: Final = "#d55e00"
PURPLE: Final = "#cc79a7"
GREY: Final = "#7d828c"

# What a thing is coloured wherever it is drawn.
IN_USE, RECOMMENDED, REFUSED, MEASURED = VERMILION, BLUE, GREY, GREEN
BAND_COLOURS: Final = {
    "small": BLUE,
    "medium": GREEN,
    "large": VERMILION,
    "undisclosed": GREY,
}

# It ships with vl-convert and has the widths of Arial, which browsers then take.
FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"
WIDTH: Final = 520  # px
# A mail is at most 600 px wide and a phone shrinks it, so that 13 px become 10.
MAIL_WIDTH: Final = 440
FONT_SIZE: Final = 13  # px

_SURROUNDINGS: Final[dict[Scheme, dict[str, str]]] = {
    "light": {"background": "#ffffff", "text": "#2b303a", "line": "#d9dce3"},
    "dark": {"background": "#161a21", "text": "#d5d9e2", "line": "#363c49"},
}


def spec_of(chart: alt.TopLevelMixin, scheme: Scheme = "light") -> Spec:
    """Return a chart as a Vega-Lite spec that has the house's look."""
    return themed(chart.to_dict(), scheme)


def themed(spec: Spec, scheme: Scheme) -> Spec:
    """Return the spec in another colour scheme; the given one stays as it is."""
    return {**spec, "config": config_of(scheme)}


def config_of(scheme: Scheme) -> Spec:
    """Return the Vega-Lite `config` of a colour scheme."""
    colours = _SURROUNDINGS[scheme]
    text, line = colours["text"], colours["line"]
    words = {"labelColor": text, "titleColor": text, "labelFontSize": FONT_SIZE}
    return {
        "background": colours["background"],
        "font": FONT,
        "padding": 10,
        "view": {"stroke": None},
        "text": {"color": text, "fontSize": FONT_SIZE},
        "rule": {"color": text},
        "axis": {
            **words,
            "titleFontSize": FONT_SIZE,
            "titleFontWeight": "normal",
            "gridColor": line,
            "domainColor": line,
            "tickColor": line,
        },
        "legend": {
            **words,
            "labelLimit": WIDTH,
            "orient": "top",
            "columns": 2,  # four in a row are too wide for a phone
            "symbolOpacity": 1,  # that of a band would pale the key to it
            "title": None,
        },
        "title": {
            "color": text,
            "fontSize": FONT_SIZE + 2,
            "anchor": "start",
            "offset": 8,
        },
    }
