"""What held at a moment, as it was known at another, and who sees it."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from advisor.decision.dated_rows import DatedRows, microseconds
from tests.advisor.decision.builders import (
    AS_OF,
    FactRow,
    answer,
    ask,
    model,
    offer,
    price,
    seen,
    spec,
)


def at(*moment):
    return datetime(*moment, tzinfo=UTC)


def dated(*rows, owners=3):
    """Return rows given as (owner, effective, received)."""
    columns = np.array(sorted(rows), dtype=np.int64).reshape(-1, 3).T
    return DatedRows(
        owners=columns[0],
        effective=columns[1],
        received=columns[2],
        owner_count=owners,
    )


def test_moment_is_whole_microseconds_since_1970():
    moment = datetime(1970, 1, 2, 0, 0, 1, 5, tzinfo=UTC)

    # one day and one second: 86401 s, and 5
    assert microseconds(moment) == 86_401_000_005
    assert microseconds(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)) == -1_000_000


def test_latest_row_that_holds_and_is_known_counts():
    rows = dated((0, 10, 1), (0, 20, 1), (0, 30, 1), (2, 10, 50))

    assert rows.latest(as_of=25, known_at=100).tolist() == [1, -1, 3]
    assert rows.latest(as_of=20, known_at=49).tolist() == [1, -1, -1]
    assert rows.latest(as_of=9, known_at=100).tolist() == [-1, -1, -1]


def test_second_reading_of_one_start_counts_from_when_it_was_known():
    rows = dated((0, 10, 1), (0, 10, 5), owners=1)

    assert rows.latest(as_of=10, known_at=4).tolist() == [0]
    assert rows.latest(as_of=10, known_at=5).tolist() == [1]


def test_late_reading_of_an_old_start_leaves_the_newer_one_in_force():
    rows = dated((0, 10, 99), (0, 20, 1), owners=1)

    assert rows.latest(as_of=30, known_at=100).tolist() == [1]
    assert rows.latest(as_of=15, known_at=100).tolist() == [0]


def test_no_rows_hold_nothing():
    rows = dated(owners=2)

    assert rows.latest(as_of=10, known_at=10).tolist() == [-1, -1]
    assert rows.known(10).tolist() == [False, False]
    assert rows.changes_within(after=0, before=100, known_at=100) == []


def test_changes_lie_strictly_within_and_are_known():
    rows = dated((0, 10, 1), (1, 10, 1), (1, 15, 1), (1, 20, 1), (2, 12, 9))

    assert rows.changes_within(after=9, before=20, known_at=8) == [10, 15]
    assert rows.changes_within(after=10, before=20, known_at=9) == [12, 15]


def test_owner_is_known_once_any_row_of_it_was_received():
    rows = dated((0, 10, 5), (2, 99, 1))

    assert rows.known(4).tolist() == [False, False, True]


def test_price_is_read_as_of_a_moment_and_as_known_at_another():
    words = spec(
        offer(
            "a",
            price(1, 2),
            price(2, 4, received=at(2026, 6, 1)),
            price(3, 6, effective=at(2026, 10, 1), received=at(2026, 9, 1)),
        )
    )

    def cost(as_of, known_at):
        return answer(words, ask(as_of=as_of), known_at=known_at).per_request("a")

    # 0.0012 first; read anew in June as 0.0024; from October 0.0036
    assert cost(AS_OF, AS_OF) == pytest.approx(0.0036)
    assert cost(at(2026, 9, 30), AS_OF) == pytest.approx(0.0024)
    assert cost(at(2026, 9, 30), at(2026, 5, 31)) == pytest.approx(0.0012)
    assert cost(AS_OF, at(2026, 8, 31)) == pytest.approx(0.0024)


def test_change_during_the_month_under_way_counts_only_until_it_is_over():
    found = seen(
        spec(
            offer("a", price(1, 2)),
            offer("b", price(1, 2, effective=AS_OF)),
            offer("c", price(1, 2, effective=AS_OF + timedelta(microseconds=1))),
            offer("d", price(1, 2, effective=at(2027, 12, 1))),
        )
    )

    assert found.segments == (
        microseconds(AS_OF),
        microseconds(AS_OF) + 1,
    )
    assert found.at_microseconds == found.known_microseconds == microseconds(AS_OF)


def test_offer_of_another_organization_is_invisible():
    words = spec(
        offer("public", price(3, 3)),
        offer("ours", price(2, 2), owner="buyer"),
        offer("theirs", price(1, 1), owner="other"),
    )

    assert answer(words).order == ["ours", "public"]
    assert answer(words, organization="other").order == ["theirs", "public"]
    assert answer(words, organization="third").order == ["public"]
    near = answer(words, ask(monthly_budget_usd=0)).decision.near
    assert answer(words).names(near) == ["ours", "public"]


def test_offer_is_invisible_before_it_was_known():
    words = spec(
        offer("old", price(2, 2)),
        offer(
            "new",
            price(1, 1, received=at(2026, 6, 1)),
            rows=(FactRow(received=at(2026, 6, 1)),),
        ),
    )

    assert answer(words).order == ["new", "old"]
    before = answer(words, known_at=at(2026, 5, 31))
    assert before.order == ["old"]
    assert before.decision.near.tolist() == []


def test_offer_without_any_price_shows_once():
    words = spec(offer("listed"), offer("batch_only", price(1, 1, tier="batch")))

    found = answer(words, ask(batch_share=1))

    assert found.order == ["batch_only:batch"]
    assert found.names(found.decision.near) == ["listed"]


def test_parameter_count_is_read_as_it_was_known():
    rows = (
        *model(total_parameters_b=8),
        FactRow(facts={"total_parameters_b": 70}, received=at(2026, 6, 1)),
    )
    words = spec(offer("a", price(1, 2)), models={"m": rows})

    assert answer(words).decision.bands.tolist() == [1]
    assert answer(words, known_at=at(2026, 5, 1)).decision.bands.tolist() == [0]


def test_offering_unknown_at_the_moment_has_unknown_facts():
    later = FactRow(facts={"zero_retention": True}, effective=at(2026, 12, 1))
    words = spec(offer("a", price(1, 2), rows=(later,)))

    found = answer(words, ask(zero_retention=True))

    assert found.codes("a") == ["retention_unknown"]
