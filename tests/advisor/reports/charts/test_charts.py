"""What the charts draw."""

from advisor.reports.charts import size_mix_chart, spend_chart

BOUNDS = {"low": "80.00", "expected": "100.00", "high": "125.00"}


def test_each_month_has_a_line_and_a_band_for_what_is_known_of_it():
    spec = spend_chart(
        [
            {"month": "2026-12", "in_use": BOUNDS, "recommended": None},
            {"month": "2027-01", "in_use": BOUNDS, "recommended": BOUNDS},
        ],
        currency="USD",
    )

    rows = _values(spec)
    assert [(row["month"], row["series"]) for row in rows] == [
        ("2026-12", "as it runs today"),
        ("2027-01", "as it runs today"),
        ("2027-01", "as recommended"),
    ]
    assert (rows[0]["low"], rows[0]["expected"], rows[0]["high"]) == (80, 100, 125)


def test_bands_without_a_share_are_left_out_and_the_rest_keep_their_order():
    spec = size_mix_chart(
        [
            {"band": "large", "share": 0.25},
            {"band": "small", "share": "0.75"},
            {"band": "medium", "share": 0},
        ],
        [{"band": "small", "share": None}],
    )

    rows = sorted(_values(spec), key=lambda row: row["order"])
    assert [(row["of"], row["band"], row["share"]) for row in rows] == [
        ("requests", "small", 0.75),
        ("requests", "large", 0.25),
    ]


def _values(spec):
    (values,) = spec["datasets"].values()
    return values
