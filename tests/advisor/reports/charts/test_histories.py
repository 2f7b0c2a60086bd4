"""What the charts of time and of change draw, and what they say in words."""

from datetime import UTC, datetime
from decimal import Decimal

from advisor.reports.charts import (
    drivers_chart,
    latency_history_chart,
    price_history_chart,
)
from advisor.reports.charts.drivers import drivers_words
from advisor.reports.charts.latency_history import latency_history_words
from advisor.reports.charts.price_history import price_history_words
from advisor.reports.charts.rendering import png_of
from advisor.reports.charts.theme import themed

TODAY = datetime(2026, 11, 25, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n"


def step(meter, year, month, day, rate):
    moment = datetime(year, month, day, tzinfo=UTC)
    return {"meter": meter, "from": moment, "rate": rate and Decimal(rate)}


STEPS = [
    step("input", 2026, 1, 1, "0.200"),
    step("input", 2026, 6, 1, "0.15"),
    step("input", 2027, 1, 15, "0.25"),
    step("output", 2026, 1, 1, "0.80"),
    step("output", 2026, 9, 1, None),
]


def run(day, **figures):
    empty = {"ttft_ms_p50": None, "ttft_ms_p95": None, "tpot_ms_p50": None}
    return {"at": datetime(2026, 11, day, tzinfo=UTC), **empty, **figures}


def all_values(spec):
    return [row for rows in spec["datasets"].values() for row in rows]


def test_a_price_holds_until_today_and_an_announced_one_is_dashed_from_there():
    rows = all_values(price_history_chart(STEPS, today=TODAY))

    lines = [
        (row["from"][:10], row["rate"], row["announced"])
        for row in rows
        if row.get("meter") == "input"
    ]
    assert lines == [
        ("2026-01-01", 0.2, False),
        ("2026-06-01", 0.15, False),
        ("2026-11-25", 0.15, False),
        ("2026-11-25", 0.15, True),
        ("2027-01-15", 0.25, True),
        # 30 days further, so that the last step has a line.
        ("2027-02-14", 0.25, True),
    ]


def test_a_rate_that_is_no_longer_stated_ends_its_line():
    rows = all_values(price_history_chart(STEPS, today=TODAY))

    assert [
        (row["from"][:10], row["rate"]) for row in rows if row.get("meter") == "output"
    ] == [
        ("2026-01-01", 0.8),
        ("2026-09-01", 0.8),
        ("2026-09-01", None),
        ("2026-11-25", None),
    ]


def test_what_is_older_than_a_year_is_as_if_stated_a_year_ago():
    steps = [
        step("input", 2000, 1, 1, "0.30"),
        step("input", 2020, 1, 1, "0.20"),
        step("input", 2026, 6, 1, "0.15"),
    ]

    rows = all_values(price_history_chart(steps, today=TODAY))

    assert [(r["from"][:10], r["rate"]) for r in rows if "meter" in r] == [
        ("2025-11-25", 0.2),
        ("2026-06-01", 0.15),
        ("2026-11-25", 0.15),
    ]


def test_a_meter_that_never_had_a_rate_is_not_drawn():
    rows = all_values(
        price_history_chart([step("reasoning", 2026, 1, 1, None)], today=TODAY)
    )

    assert not [row for row in rows if "meter" in row]


def test_prices_are_said_in_words():
    said = price_history_words(STEPS, today=TODAY, currency="EUR")

    assert said == (
        "Prices in EUR per million tokens over time: input from 0.2 to 0.15,"
        " input 0.25 from 2027-01-15, output 0.8."
    )
    assert "no rate is known" in price_history_words([], today=TODAY)


def test_each_percentile_has_a_line_where_it_is_known():
    runs = [
        run(1, ttft_ms_p50=200.0, tpot_ms_p50=20.0),
        run(2, ttft_ms_p50=210.0, ttft_ms_p95=320.0),
    ]

    ttft = all_values(latency_history_chart(runs))
    tpot = all_values(latency_history_chart(runs, figure="tpot_ms"))

    assert [(row["line"], row["ms"]) for row in ttft] == [
        ("p50", 200.0),
        ("p50", 210.0),
        ("p95", 320.0),
    ]
    assert [(row["line"], row["ms"]) for row in tpot] == [("p50", 20.0)]


def test_a_change_is_marked_where_its_figure_is():
    change = {
        "at": datetime(2026, 11, 2, tzinfo=UTC),
        "figure": "tpot_ms_p50",
        "sentence": "Median TPOT rose.",
    }
    runs = [run(1, ttft_ms_p50=200.0, tpot_ms_p50=20.0)]

    ttft = latency_history_chart(runs, [change])
    tpot = latency_history_chart(runs, [change], figure="tpot_ms")

    assert len(ttft["layer"]) == 1
    assert len(tpot["layer"]) == 3
    assert "Median TPOT rose." in [row.get("sentence") for row in all_values(tpot)]


def test_latency_is_said_in_words():
    said = latency_history_words([run(1, ttft_ms_p50=200.0), run(2, ttft_ms_p50=310.0)])

    assert said == "TTFT over time: 2 runs; p50 between 200 and 310 ms, last 310 ms."


def test_drivers_lead_from_before_to_after():
    drivers = [
        {"driver": "price", "amount": "-1200.50"},
        {"driver": "tokens", "amount": "0.00"},
        {"driver": "traffic", "amount": "500.50"},
    ]

    rows = all_values(
        drivers_chart(drivers, before=Decimal("5000"), after=Decimal("4300"))
    )

    # 5,000 - 1,200.50 = 3,799.50; + 500.50 = 4,300.
    assert [(row["driver"], row["start"], row["end"]) for row in rows] == [
        ("Before", 0, 5000),
        ("price", 5000, 3799.5),
        ("traffic", 3799.5, 4300),
        ("After", 0, 4300),
    ]
    assert [row["effect"] for row in rows[1:3]] == ["costs less", "costs more"]


def test_drivers_are_said_in_words():
    drivers = [{"driver": "price", "amount": "-5"}, {"driver": "tokens", "amount": "0"}]

    said = drivers_words(
        drivers, before="$20", after="$15", amount={"price": "-$5", "tokens": "$0"}
    )

    assert said == "Spend in twelve months from $20 to $15: price -$5."


def test_all_can_be_drawn_in_both_schemes():
    specs = [
        price_history_chart(STEPS, today=TODAY),
        latency_history_chart([run(1, ttft_ms_p50=200.0, tpot_ms_p50=20.0)]),
        drivers_chart([], before=Decimal(1), after=Decimal(1)),
    ]

    for spec in specs:
        for scheme in ("light", "dark"):
            assert png_of(themed(spec, scheme)).startswith(PNG)
