"""Lists are paged by cursor: nothing is skipped and nothing comes twice."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from rest_framework.test import APIClient

from tests.factories.accounts import OrganizationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.advisor.api.views")]

API = "/api/v1"


def get(address):
    return APIClient().get(address)


def walk(address, way="next"):
    """Return the pages' slugs from an address to the end."""
    pages = []
    while address:
        page = get(address).json()
        pages.append([row["slug"] for row in page["results"]])
        address, last = page[way], address
    return pages, last


def organizations(count):
    """Make a, b, c … of which two each share a moment, newest last."""
    for n in range(count):
        OrganizationFactory(
            name=chr(ord("a") + n),
            slug=chr(ord("a") + n),
            created_at=datetime(2026, 1, 1 + n // 2, tzinfo=UTC),
        )


def test_history_is_newest_first():
    organizations(7)

    pages, _ = walk(f"{API}/history/?page_size=3")

    assert [len(page) for page in pages] == [3, 3, 1]
    flat = [slug for page in pages for slug in page]
    assert sorted(flat) == list("abcdefg")
    # The moments are those of g; f, e; d, c; b, a, and only within one may ids order.
    assert [set(flat[:1]), set(flat[1:3]), set(flat[3:5]), set(flat[5:])] == [
        {"g"},
        {"e", "f"},
        {"c", "d"},
        {"a", "b"},
    ]


def test_the_way_back_shows_the_same_pages():
    organizations(7)
    forth, last = walk(f"{API}/catalog/?page_size=2")

    back, _ = walk(last, way="previous")

    assert forth == [["a", "b"], ["c", "d"], ["e", "f"], ["g"]]
    assert back == forth[::-1]


def test_the_ends_have_no_neighbour():
    organizations(2)

    page = get(f"{API}/catalog/?page_size=2").json()

    assert (page["next"], page["previous"]) == (None, None)


def test_a_page_reached_backwards_leads_on_again():
    organizations(4)
    second = get(get(f"{API}/catalog/?page_size=2").json()["next"]).json()

    first = get(second["previous"]).json()

    assert first["previous"] is None
    assert get(first["next"]).json()["results"] == second["results"]


def test_a_row_that_arrives_meanwhile_shifts_nothing():
    organizations(4)
    first = get(f"{API}/history/?page_size=2").json()
    OrganizationFactory(slug="new", created_at=datetime(2026, 2, 1, tzinfo=UTC))

    second = get(first["next"]).json()

    slugs = {row["slug"] for row in first["results"] + second["results"]}
    assert slugs == set("abcd")


def test_a_row_that_goes_meanwhile_shifts_nothing():
    organizations(4)
    first = get(f"{API}/catalog/?page_size=2").json()
    from accounts.models import Organization

    Organization.objects.filter(slug="b").delete()

    assert [row["slug"] for row in get(first["next"]).json()["results"]] == ["c", "d"]


def test_a_view_may_order_otherwise():
    organizations(3)

    assert walk(f"{API}/reordered/?page_size=2")[0] == [["c", "b"], ["a"]]


def test_dicts_are_paged_like_rows():
    organizations(3)

    first = get(f"{API}/values/?page_size=1").json()
    second = get(first["next"]).json()

    assert [first["results"], len(second["results"])] == [["c"], 1]


def test_links_keep_the_other_parameters():
    organizations(2)

    address = get(f"{API}/catalog/?page_size=1&region=eu").json()["next"]

    assert "region=eu" in address
    assert "page_size=1" in address


def test_fifty_come_unless_asked_otherwise():
    OrganizationFactory.create_batch(51)

    assert len(get(f"{API}/catalog/").json()["results"]) == 50
    assert len(get(f"{API}/catalog/?page_size=200").json()["results"]) == 51


@pytest.mark.parametrize("size", ["0", "201", "-1", "1.5", "x", "²", "9" * 5000])
def test_a_page_size_out_of_range_is_refused(size):
    response = get(f"{API}/catalog/?page_size={size}")

    assert response.status_code == 400
    assert response.json()["errors"] == [
        {
            "pointer": "#/page_size",
            "detail": "Give a whole number from 1 to 200.",
            "code": "invalid",
            "location": "query",
        }
    ]


def name_of(path):
    """The name of a list without filters."""
    return sha256(json.dumps([path, []]).encode()).hexdigest()[:16]


CATALOG, HISTORY = name_of(f"{API}/catalog/"), name_of(f"{API}/history/")


def token(order=("slug", "id"), at=("a", "0" * 32), back=False, of=CATALOG):
    place = {"of": of, "order": order, "at": at, "back": back}
    return urlsafe_b64encode(json.dumps(place).encode()).decode()


def test_a_cursor_of_the_right_form_is_taken():
    assert get(f"{API}/catalog/?cursor={token()}").status_code == 200


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "%00",
        urlsafe_b64encode(b"[]").decode(),
        urlsafe_b64encode(b"null").decode(),
        urlsafe_b64encode(b"\xff").decode(),
        urlsafe_b64encode(b"[" * 5000).decode(),
        token(of=HISTORY),
        token(of=None),
        token(order=("name", "id")),
        token(at=("a",)),
        token(at="ab"),
        token(at=("a", "no id")),
        token(at=("a\0", "0" * 32)),
        token(at=("\ud800", "0" * 32)),
        token(at=(1, "0" * 32)),
    ],
)
def test_a_cursor_that_is_none_is_refused(cursor):
    response = get(f"{API}/catalog/?cursor={cursor}")

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "#/cursor"
    assert response.json()["errors"][0]["code"] == "bad_cursor"


@pytest.mark.parametrize("moment", ["2026-01-01T00:00:00", "yesterday", "2026-13-01"])
def test_a_cursor_with_an_odd_moment_is_refused(moment):
    cursor = token(order=("-created_at", "-id"), at=(moment, "0" * 32), of=HISTORY)

    assert get(f"{API}/history/?cursor={cursor}").status_code == 400
