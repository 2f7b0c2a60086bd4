"""One report in one locale: subject, text, HTML and pictures."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import css_inline
from django.template.loader import render_to_string

from advisor.reports.writing.pictures import alternatives_of, cid_of, pictures_of
from advisor.reports.writing.wording import Wording

Json = dict[str, Any]

# Of what may be long; the rest is counted, and is on the pages.
MOST_LISTED = 8
_SPACES = str.maketrans({"\xa0": " ", "\u202f": " ", "\u2009": " "})


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An edition; `images` are PNG files by the content id that the HTML names.

    `%%UNSUBSCRIBE_URL%%` and `%%SIGN_IN_URL:/path/%%` in text and HTML stand for
    addresses that differ from reader to reader.
    """

    subject: str
    text: str
    html: str
    images: dict[str, bytes]


def write_edition(content: Json, locale: str, *, page: str = "/reports/") -> Written:
    """Write a report's content for readers of one locale; the text is English.

    `page` is the path at which the report can be read on the web.
    """
    plain = without_marks(content)
    say = Wording(locale, currency=plain["currency"], time_zone=plain["time_zone"])
    images = pictures_of(plain)
    context = {
        "report": plain,
        "say": say,
        "subject": subject_of(plain, say),
        "number": plain["week"].partition("-W")[2].lstrip("0"),
        "alternatives": alternatives_of(plain, say),
        "cids": {
            "spend": _cids("spend", images),
            "size_mix": _cids("size-mix", images),
        },
        "page": page,
        "most": MOST_LISTED,
        "more_changes": _beyond(plain["changes"].values()),
        "more_health": _beyond([plain["health"]]),
        "unmeasured": _unmeasured(plain["health"]),
        "only_ahead": not any(plain["changes"].values()),
    }
    html = render_to_string("reports/weekly.html", context)
    text = render_to_string("reports/weekly.txt", context)
    return Written(
        subject=context["subject"],
        text=_tidy(text),
        html=_inliner().inline(html),
        images=images,
    )


def subject_of(content: Json, say: Wording) -> str:
    """Return the week and the one number that matters, on one line."""
    week = f"Week {content['week'].partition('-W')[2].lstrip('0')}"
    return f"{week}: {_headline(content, say)}".translate(_SPACES)


def _headline(content: Json, say: Wording) -> str:
    spend, todo = content["spend"], _things(content)
    if not content["workloads"]:
        return "no workloads yet"
    if Decimal(spend["savings"]["open"]) > 0:
        return f"{say.money(spend['savings']['open'])} a month to save, {todo}"
    if not spend["priced"]:
        return f"no price known yet, {todo}"
    news = "" if content["news"] else "no news, "
    return f"{news}{say.money(spend['monthly']['in_use'])} a month, {todo}"


def _things(content: Json) -> str:
    count = len(content["actions"]) + content["actions_left_out"]
    if not count:
        return "nothing to do"
    return "1 thing to do" if count == 1 else f"{count} things to do"


def without_marks(value: Any) -> Any:
    """Return JSON whose texts hold no %%: a name must not pass for a placeholder."""
    if isinstance(value, str):
        return value.replace("%%", "%\u200b%")
    if isinstance(value, Mapping):
        return {key: without_marks(each) for key, each in value.items()}
    return [without_marks(each) for each in value] if isinstance(value, list) else value


def with_images(html: str, images: Mapping[str, bytes]) -> str:
    """Return HTML that holds its pictures itself, for showing it outside of a mail."""
    for cid, png in images.items():
        address = f"data:image/png;base64,{b64encode(png).decode()}"
        html = html.replace(f"cid:{cid}", address)
    return html


def _unmeasured(health: Sequence[Json]) -> list[str]:
    """Return what is in use if nothing at all was measured of it."""
    if any(entry["groups"] or entry["too_many"] for entry in health):
        return []
    return [f"{e['option']['provider']}/{e['option']['name']}" for e in health]


def _beyond(lists: Iterable[Sequence[Any]]) -> int:
    """Return how many entries of some lists are more than are listed."""
    return sum(max(len(each) - MOST_LISTED, 0) for each in lists)


def _cids(name: str, images: Mapping[str, bytes]) -> Json | None:
    light = cid_of(name)
    return (
        {"light": light, "dark": cid_of(name, dark=True)} if light in images else None
    )


@cache
def _inliner() -> Any:
    # What depends on the reader's screen cannot be inlined and stays in a style tag.
    return css_inline.CSSInliner(
        keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False
    )


def _tidy(text: str) -> str:
    """Return text with plain spaces and never more than one empty line."""
    lines = [line.rstrip() for line in text.translate(_SPACES).splitlines()]
    kept = [
        line for place, line in enumerate(lines) if line or (place and lines[place - 1])
    ]
    return "\n".join(kept).strip() + "\n"
