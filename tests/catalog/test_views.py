from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.factories.accounts import OrganizationFactory
from tests.factories.catalog import (
    LanguageModelFactory,
    ModelFactsFactory,
    OfferingFactory,
    OfferingFactsFactory,
    PriceFactory,
    PriceSheetFactory,
    ProviderFactory,
    PublishedScoreFactory,
)

pytestmark = pytest.mark.django_db

API = "/api/v1/"
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def names(reply, name="slug"):
    assert reply.status_code == 200, reply.json()
    return [row[name] for row in reply.json()["results"]]


def test_an_offering_shows_its_facts_and_the_price_of_each_tier(api):
    offering = OfferingFactory(name="llama-8b", region="eu-west-1")
    ModelFactsFactory(model=offering.model, parameters_source="the model card")
    OfferingFactsFactory(offering=offering, residency_regions=["eu"])
    PriceFactory(offering=offering, input_per_mtok=Decimal("0.150"))
    PriceFactory(
        offering=offering,
        service_tier="batch",
        input_per_mtok=Decimal(1000),
        output_per_mtok=Decimal(0),
        cache_read_per_mtok=Decimal("0.000000000000000001"),
    )

    shown = api.get(f"{API}offerings/{offering.pk}/").json()

    assert shown["provider"] == offering.provider.slug
    assert shown["model"] == offering.model.slug
    assert shown["region"] == "eu-west-1"
    assert shown["own"] is False
    assert shown["size"]["band"] == "small"
    assert shown["size"]["total_parameters_b"] == "8"
    assert shown["size"]["source"] == "the model card"
    assert shown["facts"]["residency_regions"] == ["eu"]
    assert shown["facts"]["zero_retention"] is None
    batch, standard = shown["prices"]
    assert (standard["service_tier"], standard["currency"]) == ("standard", "USD")
    assert standard["input_per_mtok"] == "0.15"
    assert standard["cache_read_per_mtok"] is None
    assert batch["input_per_mtok"] == "1000"
    assert batch["output_per_mtok"] == "0"
    assert batch["cache_read_per_mtok"] == "0.000000000000000001"


def test_an_offering_without_facts_or_price_says_so(api):
    offering = OfferingFactory()

    shown = api.get(f"{API}offerings/{offering.pk}/").json()

    assert (shown["size"], shown["facts"], shown["prices"]) == (None, None, [])


def test_prices_and_facts_are_those_of_the_moment_asked_about(api):
    offering = OfferingFactory()
    PriceFactory(offering=offering, input_per_mtok=Decimal(2))
    PriceFactory(offering=offering, effective_from=JUNE, input_per_mtok=Decimal(3))
    OfferingFactsFactory(offering=offering, context_tokens=8_000)
    OfferingFactsFactory(offering=offering, effective_from=JUNE, context_tokens=128_000)
    address = f"{API}offerings/{offering.pk}/"

    in_march = api.get(address, {"as_of": "2026-03-01"}).json()
    in_june = api.get(address, {"as_of": "2026-06-01T02:00:00+02:00"}).json()
    long_ago = api.get(address, {"as_of": "2020-01-01T00:00:00Z"}).json()

    assert in_march["prices"][0]["input_per_mtok"] == "2"
    assert in_march["facts"]["context_tokens"] == 8_000
    assert in_june["prices"][0]["input_per_mtok"] == "3"
    assert in_june["facts"]["context_tokens"] == 128_000
    assert (long_ago["prices"], long_ago["facts"]) == ([], None)


def test_the_latest_reading_of_a_moment_wins(api):
    offering = OfferingFactory()
    PriceFactory(offering=offering, received_at=MARCH, input_per_mtok=Decimal(2))
    PriceFactory(offering=offering, received_at=JUNE, input_per_mtok=Decimal(3))

    shown = api.get(f"{API}offerings/{offering.pk}/").json()

    assert [price["input_per_mtok"] for price in shown["prices"]] == ["3"]


def test_a_withdrawn_tier_has_no_price(api):
    offering = OfferingFactory()
    PriceFactory(offering=offering)
    PriceFactory(
        offering=offering,
        effective_from=JUNE,
        withdrawn=True,
        input_per_mtok=None,
        output_per_mtok=None,
    )

    assert api.get(f"{API}offerings/{offering.pk}/").json()["prices"] == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"provider": "acme"}, ["a-small"]),
        ({"size_band": "small"}, ["a-small"]),
        ({"size_band": "medium"}, ["b-medium"]),
        ({"size_band": "large"}, ["c-large"]),
        ({"size_band": "undisclosed"}, ["d-undisclosed", "e-unknown"]),
        ({"open_weights": "true"}, ["a-small", "b-medium", "c-large"]),
        ({"open_weights": "false"}, ["d-undisclosed"]),
        ({"region": "EU-west-1"}, ["b-medium"]),
        ({"kind": "embedding"}, ["e-unknown"]),
        ({"search": "C LARGE"}, ["c-large"]),
        ({"size_band": "small", "open_weights": "false"}, []),
    ],
)
def test_offerings_are_filtered(api, query, found):
    sold = [
        OfferingFactory(name="a-small", provider__slug="acme"),
        OfferingFactory(name="b-medium", region="eu-west-1"),
        OfferingFactory(name="c-large"),
        OfferingFactory(name="d-undisclosed"),
        OfferingFactory(name="e-unknown", kind="embedding"),
    ]
    # 12.9 is the last of small, 13 the first of medium, 100 the first of large.
    for offering, total in zip(sold, ["12.9", "13", "100"], strict=False):
        ModelFactsFactory(model=offering.model, total_parameters_b=Decimal(total))
    ModelFactsFactory(
        model=sold[3].model,
        total_parameters_b=None,
        active_parameters_b=None,
        parameters_basis="undisclosed",
        open_weights=False,
    )

    assert names(api.get(f"{API}offerings/", query), "name") == found


def test_a_size_band_is_that_of_the_moment_asked_about(api):
    offering = OfferingFactory(name="grown")
    ModelFactsFactory(model=offering.model)
    ModelFactsFactory(
        model=offering.model, effective_from=JUNE, total_parameters_b=Decimal(70)
    )
    address = f"{API}offerings/"

    before = api.get(address, {"size_band": "small", "as_of": "2026-05-01"})
    after = api.get(address, {"size_band": "small", "as_of": "2026-07-01"})

    assert names(before, "name") == ["grown"]
    assert names(after, "name") == []


def test_models_are_filtered_by_who_sells_them(api):
    OfferingFactory(provider__slug="acme", model__slug="bought")
    OfferingFactory(model__slug="elsewhere")

    assert names(api.get(f"{API}models/", {"provider": "acme"})) == ["bought"]


def test_a_model_shows_where_its_size_and_scores_come_from(api):
    model = LanguageModelFactory(slug="llama-3.1-8b")
    ModelFactsFactory(model=model, parameters_source="https://example.com/card")
    PublishedScoreFactory(model=model, benchmark="gpqa", score=Decimal("0.4"))
    PublishedScoreFactory(
        model=model, benchmark="gpqa", effective_from=JUNE, score=Decimal("0.45")
    )
    PublishedScoreFactory(model=model, benchmark="mmlu-pro")

    shown = api.get(f"{API}models/{model.pk}/").json()

    assert shown["size"]["source"] == "https://example.com/card"
    assert shown["size"]["basis"] == "published"
    assert [(row["benchmark"], row["score"]) for row in shown["scores"]] == [
        ("gpqa", 0.45),
        ("mmlu-pro", 0.5),
    ]


def test_the_price_history_is_newest_first_with_its_sheets(api):
    offering = OfferingFactory()
    sheet = PriceSheetFactory(source="litellm", currency="EUR")
    PriceFactory(offering=offering, input_per_mtok=Decimal(2))
    PriceFactory(
        offering=offering,
        sheet=sheet,
        effective_from=JUNE,
        received_at=MARCH,
        context_tiers=[{"above_prompt_tokens": 200_000, "input_per_mtok": "6"}],
    )
    address = f"{API}offerings/{offering.pk}/prices/"

    newest, oldest = api.get(address).json()["results"]

    assert newest["currency"] == "EUR"
    assert newest["sheet"]["source"] == "litellm"
    assert newest["effective_from"] == "2026-06-01T00:00:00Z"
    assert newest["received_at"] == "2026-03-01T00:00:00Z"
    assert newest["context_tiers"][0]["above_prompt_tokens"] == 200_000
    assert oldest["input_per_mtok"] == "2"


def test_a_history_goes_on_behind_its_cursor(api):
    offering = OfferingFactory()
    for month in (1, 2, 3):
        moment = datetime(2026, month, 1, tzinfo=UTC)
        PriceFactory(offering=offering, effective_from=moment)

    first = api.get(f"{API}offerings/{offering.pk}/prices/", {"page_size": 2}).json()
    second = api.get(first["next"]).json()

    months = [row["effective_from"][:7] for row in first["results"] + second["results"]]
    assert months == ["2026-03", "2026-02", "2026-01"]
    assert second["next"] is None


def test_a_cursor_is_for_its_own_list_and_filters_alone(api):
    offering, other = OfferingFactory(), OfferingFactory()
    for month in (1, 2, 3):
        moment = datetime(2026, month, 1, tzinfo=UTC)
        PriceFactory(offering=offering, effective_from=moment)
        PriceFactory(offering=other, effective_from=moment)
    first = api.get(f"{API}offerings/{offering.pk}/prices/", {"page_size": 1}).json()
    listed = api.get(f"{API}offerings/", {"page_size": 1}).json()

    elsewhere = api.get(first["next"].replace(str(offering.pk), str(other.pk)))
    filtered = api.get(f"{listed['next']}&search=x")

    assert api.get(first["next"]).status_code == 200
    for refused in (elsewhere, filtered):
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == "#/cursor"


# The key and the page; then facts and prices of all its rows at once.
@pytest.mark.parametrize(
    ("path", "queries"), [("providers/", 2), ("models/", 3), ("offerings/", 5)]
)
def test_a_list_takes_as_many_queries_for_one_row_as_for_ten(
    api, django_assert_num_queries, path, queries
):
    for _ in range(10):
        offering = OfferingFactory()
        ModelFactsFactory(model=offering.model)
        OfferingFactsFactory(offering=offering)
        PriceFactory(offering=offering)

    api.get(f"{API}providers/")  # notes the first use of the key

    with django_assert_num_queries(queries):
        whole = api.get(f"{API}{path}").json()
    with django_assert_num_queries(queries):
        one = api.get(f"{API}{path}", {"page_size": 1}).json()

    assert (len(whole["results"]), len(one["results"])) == (10, 1)


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ({"size-band": "small"}, "size-band", "size_band"),
        ({"size_band": "tiny"}, "size_band", "tiny"),
        ({"open_weights": "maybe"}, "open_weights", "maybe"),
        ({"as_of": "yesterday"}, "as_of", "2026-11-23"),
        ({"as_of": "2026-02-30"}, "as_of", "2026-11-23"),
        ({"as_of": "2026-11-23T12:00:00"}, "as_of", "offset"),
        ({"as_of": "9999-12-31T23:59:59-23:00"}, "as_of", "2026-11-23"),
        ({"as_of": "0001-01-01T00:00:00+14:00"}, "as_of", "2026-11-23"),
        ({"page_size": "0"}, "page_size", "200"),
        ({"cursor": "bogus"}, "cursor", "cursor"),
    ],
)
def test_a_faulty_query_is_refused_by_name(api, query, field, says):
    reply = api.get(f"{API}offerings/", query)

    assert reply.status_code == 400
    error = reply.json()["errors"][0]
    assert error["pointer"] == f"#/{field}"
    assert error["location"] == "query"
    assert error["code"] != "None"
    assert says in error["detail"]


def test_an_own_offering_is_seen_by_its_organization_alone(api, organization, stranger):
    offering = OfferingFactory(organization=organization, name="our-deal")
    PriceFactory(offering=offering)

    assert names(api.get(f"{API}offerings/"), "name") == ["our-deal"]
    assert api.get(f"{API}offerings/{offering.pk}/").json()["own"] is True
    assert names(stranger.get(f"{API}offerings/"), "name") == []
    for path in ("", "prices/"):
        address = f"{API}offerings/{offering.pk}/{path}"
        assert stranger.get(address).status_code == 404


def test_what_only_others_own_sheets_name_is_not_listed(api, organization):
    theirs = OfferingFactory(organization=OrganizationFactory())
    ours = OfferingFactory(organization=organization)
    ProviderFactory(slug="unsold")

    providers = names(api.get(f"{API}providers/"))
    models = names(api.get(f"{API}models/"))

    assert sorted(providers) == sorted([ours.provider.slug, "unsold"])
    assert models == [ours.model.slug]
    assert api.get(f"{API}providers/{theirs.provider.pk}/").status_code == 404
    assert api.get(f"{API}models/{theirs.model.pk}/").status_code == 404


@pytest.mark.parametrize("path", ["providers/", "models/", "offerings/"])
def test_the_catalogue_needs_a_key_and_cannot_be_written(client, api, path):
    assert client.get(f"{API}{path}").status_code == 401
    assert api.post(f"{API}{path}", {}).status_code == 405


def test_an_id_that_is_none_is_not_found(api):
    assert api.get(f"{API}offerings/gpt-4/").status_code == 404
