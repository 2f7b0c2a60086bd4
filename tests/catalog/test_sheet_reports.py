from catalog.sheet_reports import MOST_LINES, readable


def change(**options):
    return {
        "change": "repriced",
        "provider": "acme",
        "name": "our-8b",
        "region": "",
        "service_tier": "standard",
        "effective_from": "2026-11-23T10:20:30+00:00",
        "before": {"input_per_mtok": "0.100", "output_per_mtok": "0.4"},
        "after": {"input_per_mtok": "0.250", "output_per_mtok": "0.4"},
        **options,
    }


def test_only_the_rates_that_differ_become_lines():
    (line,) = readable({"changes": [change()]}).differences

    assert (line.listing, line.meter) == ("acme/our-8b", "input / Mtok")
    assert (line.before, line.after) == ("0.1", "0.25")
    assert line.factor == "2.500"  # 0.25 / 0.1
    assert line.effective_from == "2026-11-23 10:20"


def test_a_new_or_withdrawn_listing_has_one_side():
    new = readable({"changes": [change(change="new", before=None)]}).differences
    gone = readable({"changes": [change(change="withdrawn", after=None)]}).differences

    assert [(line.before, line.after) for line in new] == [("", "0.25"), ("", "0.4")]
    assert [(line.before, line.after) for line in gone] == [("0.1", ""), ("0.4", "")]


def test_a_price_that_was_free_has_no_factor():
    before = {"input_per_mtok": "0"}
    after = {"input_per_mtok": "1"}

    (line,) = readable({"changes": [change(before=before, after=after)]}).differences

    assert (line.before, line.after, line.factor) == ("0", "1", "")


def test_tiers_are_counted():
    after = {"context_tiers": [{"above_prompt_tokens": 1}]}

    (line,) = readable({"changes": [change(before={}, after=after)]}).differences

    assert (line.meter, line.after) == ("context tiers", "1 entry")


def test_a_suspicious_rate_says_why():
    odd = {
        **change(change="suspicious", region="eu"),
        "meter": "input_per_mtok",
        "before": "1",
        "after": "4",
        "factor": "4.000",
        "reason": "moves more than threefold",
    }

    (line,) = readable({"changes": [odd]}).differences

    assert line.listing == "acme/our-8b (eu)"
    assert (line.factor, line.reason) == ("4.000", "moves more than threefold")


def test_more_lines_than_can_be_read_are_counted():
    report = readable({"changes": [change()] * (MOST_LINES + 7)})

    assert len(report.differences) == MOST_LINES
    assert report.left_out == 7


def test_the_report_of_a_failed_sheet_has_problems_alone():
    problem = {"row": "3", "field": "name", "detail": "is empty"}

    report = readable({"counts": {"problems": 1}, "problems": [problem]})

    assert report.problems == [problem]
    assert report.differences == []


def test_counts_of_nothing_are_left_out():
    counts = {"listings": 2, "lost_listings": 1, "new": 0}

    assert readable({"counts": counts}).counts == {"listings": 2, "lost listings": 1}
