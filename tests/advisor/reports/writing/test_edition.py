"""Editions: what a reader gets in text, in HTML and in pictures."""

import re
from html.parser import HTMLParser

import pytest

from advisor.reports.writing import with_images, write_edition
from tests.advisor.reports.contents import (
    action,
    advice_change,
    content,
    empty_content,
    health,
    price_change,
    quiet_content,
    spend,
)


class Page(HTMLParser):
    """Collects the elements of a page, and its words."""

    def __init__(self, html):
        super().__init__()
        self.elements = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def written(changed=None, locale="en_US"):
    return write_edition(changed or content(), locale)


def test_the_subject_has_the_week_and_the_one_number_that_matters():
    subject = written().subject

    assert subject == "Week 48: USD 12,205.60 a month to save, 1 thing to do"


@pytest.mark.parametrize(
    ("changed", "subject"),
    [
        (quiet_content(), "Week 48: no news, USD 12,345.60 a month, nothing to do"),
        (empty_content(), "Week 48: no workloads yet"),
        (
            content(
                spend=spend(priced=0, savings={"open": "0.00", "accepted": "0.00"}),
                actions_left_out=2,
            ),
            "Week 48: no price known yet, 3 things to do",
        ),
    ],
)
def test_the_subject_of_other_weeks(changed, subject):
    assert written(changed).subject == subject


def test_the_parts_come_in_the_order_of_use():
    titles = re.findall(r"^[A-Z0-9, ]{5,}$", written().text, re.MULTILINE)

    assert titles == [
        "WHAT TO DO THIS WEEK",
        "SPEND",
        "WHAT CHANGED, AND WHY",
        "SIZE OF THE MODELS IN USE",
        "HEALTH OF WHAT IS IN USE",
        "COMING IN THE NEXT 120 DAYS",
        "HOW SURE WE ARE",
    ]


def test_numbers_are_written_in_the_readers_locale_in_both_parts():
    edition = written(locale="fr_FR")

    assert "12\u202f205,60\xa0$US" in Page(edition.html).words
    assert "Saves 12 205,60 $US a month" in edition.text
    assert "input from 2,50 $US to 3,00 $US per million tokens, +20 %" in edition.text


def test_no_news_is_said_in_one_line():
    edition = written(quiet_content())

    assert "No news: nothing changed this week." in edition.text
    assert "No news: nothing changed this week." in Page(edition.html).words
    changes = edition.text.partition("WHAT CHANGED, AND WHY")[2]
    assert changes.partition("SIZE OF")[0].split("\n\n")[1:2] == ["No news this week."]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "<b>bold</b>", '"><img>']
)
def test_names_with_markup_are_words_and_nothing_else(name):
    plain = Page(written().html)
    marked = written(
        content(
            organization=name,
            actions=[action(name)],
            changes={
                "advice": [advice_change(sentences=[name])],
                "decisions": [],
                "performance": [{"sentence": name}],
                "prices": [price_change(option={**health()["option"], "name": name})],
            },
            health=[health(option={**health()["option"], "name": name})],
        )
    )

    page = Page(marked.html)
    tags = [tag for tag, _ in page.elements]
    assert "script" not in tags
    assert "b" not in tags
    assert len(page.all("img")) == len(plain.all("img"))
    assert page.words.count(name) >= 5
    assert name in marked.text


def test_a_name_cannot_pass_for_a_placeholder():
    edition = written(content(actions=[action("%%UNSUBSCRIBE_URL%%")]))

    assert edition.html.count("%%UNSUBSCRIBE_URL%%") == 1
    assert edition.text.count("%%UNSUBSCRIBE_URL%%") == 1


def test_every_link_is_a_placeholder_and_nothing_is_fetched():
    edition = written()
    page = Page(edition.html)

    links = {each["href"] for each in page.all("a")}
    assert all(re.fullmatch(r"%%(UNSUBSCRIBE_URL|SIGN_IN_URL:/.*)%%", x) for x in links)
    sources = [each["src"] for each in page.all("img")]
    sources += [each["srcset"] for each in page.all("source")]
    assert {each.removeprefix("cid:") for each in sources} == set(edition.images)
    assert not re.search(r"https?://|url\(|@import|<link", edition.html)


def test_pictures_say_their_figures_to_those_who_see_none():
    spent, mix = (each["alt"] for each in Page(written().html).all("img"))

    assert "from USD\xa012,345.60 in December 2026" in spent
    assert "requests by model size: small 75\xa0%, large 25\xa0%" in mix


def test_styles_are_inline_but_for_what_depends_on_the_screen():
    html = written().html

    style = html.partition("<style>")[2].partition("</style>")[0]
    assert style.count("@media") == 2
    assert "prefers-color-scheme: dark" in style
    assert re.sub(r"@media[^{]+\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", style).strip() == ""
    assert '<meta name="color-scheme" content="light dark">' in html
    assert re.search(r"<h2[^>]* style=", html)


def test_fifty_workloads_make_a_message_below_100_kb():
    names = [f"Workload {n} of a department with a long name" for n in range(50)]
    many = content(
        workloads=50,
        actions=[action(name) for name in names[:5]],
        actions_left_out=45,
        changes={
            "advice": [
                advice_change(
                    workload={"id": "x", "name": name},
                    sentences=["A sentence. " * 9] * 9,
                )
                for name in names
            ],
            "decisions": [],
            "performance": [{"sentence": "A sentence. " * 9}] * 50,
            "prices": [price_change()] * 50,
        },
        health=[health()] * 50,
        upcoming={
            "retirements": content()["upcoming"]["retirements"] * 50,
            "prices": content()["upcoming"]["prices"] * 50,
        },
        spend=spend(unpriced=names),
    )

    edition = written(many)

    assert len(edition.html.encode()) < 100_000
    assert len(edition.text.encode()) < 100_000
    assert all(len(png) < 15_000 for png in edition.images.values())
    # Eight of each are listed: 42 of advice, 42 of speed and 42 of prices are not.
    assert "And 126 more" in edition.text


def test_an_organization_without_workloads_gets_words_and_no_pictures():
    edition = written(empty_content())

    assert edition.images == {}
    assert "No workloads are stated yet" in edition.text
    assert Page(edition.html).all("img") == []


def test_shown_outside_of_a_mail_it_holds_its_pictures_itself():
    edition = written()

    shown = with_images(edition.html, edition.images)

    assert "cid:" not in shown
    assert shown.count("data:image/png;base64,") == len(edition.images)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"money_monthly": "-120.40"}, "Costs USD 120.40 a month more."),
        ({"money_monthly": None}, "Money unknown."),
        (
            {"kind": "retirement", "retires_on": "2027-01-15"},
            "It retires on Jan 15, 2027",
        ),
        (
            {
                "kind": "floor_not_met",
                "reasons": [{"code": "quality_below_floor"}, {"code": "new_reason"}],
            },
            "its quality is below the floor and new reason.",
        ),
        (
            {
                "kind": "nothing_fits",
                "to": None,
                "way_out": {"provider": "p", "name": "m", "codes": ["over_budget"]},
            },
            "The cheapest way out is p/m, if this is accepted: over the",
        ),
        ({"kind": "choose", "from": None}, "Choose cheapo/small-8b for Support chat"),
    ],
)
def test_each_kind_of_action_is_said_in_words(changes, sentence):
    assert sentence in written(content(actions=[action(**changes)])).text


def test_what_was_not_measured_is_said_once():
    nothing = [health(groups=[]), health(groups=[])]

    edition = written(content(health=nothing))

    said = "Nothing in use was measured this week: costly/large-400b"
    assert edition.text.count("measured this week") == 1
    assert said in edition.text
    assert said in Page(edition.html).words


def test_what_is_missing_everywhere_is_said_of_all_workloads():
    names = ["Chat", "Code", "Mail", "Search"]
    sure = content()["confidence"] | {
        "surer": [
            {"code": "measure", "workloads": names, "all": True},
            {"code": "own_items", "workloads": names, "all": False},
        ]
    }

    text = written(content(confidence=sure)).text

    assert "fit by model size (all workloads)." in text
    assert "published scores (Chat, Code, Mail and 1 more)." in text
