"""Which actions there are, and which of them come first."""

from datetime import date
from decimal import Decimal

import pytest

from advisor.reports.content.actions import actions_of

TODAY = date(2026, 6, 1)


def option(name, monthly):
    return {
        "offering": {"id": name, "name": name, "provider": "p", "region": None},
        "service_tier": "standard",
        "model_size": {"band": "small"},
        "monthly": monthly,
    }


def workload(
    name,
    in_use="4200.00",
    advised="140.00",
    *,
    state="active",
    to="small",
    saved="",
    leaving=False,
):
    """Return a workload of a portfolio that runs on "large" and is advised another.

    `saved` is what the advice saves on top of advice under way, if there is some,
    `leaving` whether that leaves "large".
    """
    if not saved:
        priced = in_use and advised
        saved = str(Decimal(in_use) - Decimal(advised)) if priced else None
    return {
        "id": name,
        "name": name,
        "in_use": in_use and option("large", in_use),
        "is_leaving": leaving,
        "savings": {"open_monthly": saved},
        "recommendation": state
        and {
            "id": f"advice for {name}",
            "state": state,
            "option": advised and option(to, advised),
        },
    }


def answer(finding="over_provisioned", codes=(), relaxation=None):
    """Return the part of an answer that actions are made from."""
    stage = {"offering": {"id": "large"}, "service_tier": "standard"}
    reasons = [{"code": c, "limit": 1, "value": 2, "unit": "ms"} for c in codes]
    return {
        "finding": finding,
        "recommended": 1,
        "options": [
            {
                "performance_risk": 2,
                "migration_effort": "low",
                "reasons": reasons,
                "strategy": {"stages": [stage]},
            }
        ],
        "relaxation": relaxation,
    }


def actions(*workloads, answers=None, retirements=None):
    told = {f"advice for {each['name']}": answer() for each in workloads}
    return actions_of(
        {"workloads": list(workloads)},
        told | (answers or {}),
        retirements or {},
        today=TODAY,
    )


def kinds(found):
    return [(each["workload"]["name"], each["kind"]) for each in found]


def test_what_most_money_is_at_stake_for_comes_first():
    found = actions(
        workload("a", "200.00", "150.00"),
        workload("b", "900.00", "100.00"),
        workload("c", "100.00", "400.00"),
        answers={"advice for c": answer("under_provisioned", ["ttft_over_limit"])},
    )

    # 800 saved, 300 more to pay, 50 saved.
    assert [each["money_monthly"] for each in found] == ["800.00", "-300.00", "50.00"]
    assert kinds(found) == [("b", "saving"), ("c", "limit_crossed"), ("a", "saving")]


def test_a_saving_counts_on_top_of_advice_that_is_followed_already():
    found = actions(workload("a", saved="0.00"), workload("b", saved="12.34"))

    assert [(each["workload"]["name"], each["money_monthly"]) for each in found] == [
        ("b", "12.34")
    ]


@pytest.mark.parametrize(
    ("on", "first"),
    [("2026-07-01", "b"), ("2026-07-02", "a")],  # thirty days ahead, and a day more
)
def test_what_stops_within_thirty_days_comes_before_money(on, first):
    found = actions_of(
        {
            "workloads": [
                workload("a"),
                workload("b", "20.00", "10.00") | {"in_use": option("old", "20.00")},
            ]
        },
        {"advice for a": answer(), "advice for b": answer()},
        {"old": on},
        today=TODAY,
    )

    assert found[0]["workload"]["name"] == first
    assert {each["kind"] for each in found} == {"saving", "retirement"}


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        (["quality_below_floor", "ttft_over_limit"], "floor_not_met"),
        (["ttft_over_limit"], "limit_crossed"),
        (["over_budget"], "limit_crossed"),
    ],
)
def test_what_does_not_meet_the_demand_is_told_with_its_reasons(codes, kind):
    [found] = actions(
        workload("a"), answers={"advice for a": answer("under_provisioned", codes)}
    )

    assert found["kind"] == kind
    assert [each["code"] for each in found["reasons"]] == codes


def test_where_nothing_fits_the_cheapest_way_out_is_told():
    way_out = {
        "offering": {"provider": "p", "name": "fast"},
        "relax": [{"code": "over_budget"}],
        "twelve_months": "10.00",
    }
    nothing = answer(None, relaxation=way_out) | {"recommended": None}

    [found] = actions(workload("a", advised=None), answers={"advice for a": nothing})

    assert found["kind"] == "nothing_fits"
    assert found["way_out"]["codes"] == ["over_budget"]
    assert found["money_monthly"] is None


def test_without_an_option_in_use_the_advice_is_to_choose_one():
    [found] = actions(workload("a", in_use=None))

    assert (found["kind"], found["money_monthly"]) == ("choose", None)


@pytest.mark.parametrize(
    "settled",
    [
        workload("a", state="accepted"),
        workload("a", state="in_progress"),
        workload("a", state="succeeded"),
        workload("a", state=None),
        workload("a", to="large"),
    ],
)
def test_what_is_settled_is_no_action(settled):
    assert actions(settled) == []


@pytest.mark.parametrize("finding", ["optimized", "not_comparable"])
def test_advice_that_says_all_is_well_is_no_action(finding):
    assert actions(workload("a"), answers={"advice for a": answer(finding)}) == []


def test_what_retires_is_an_action_though_advice_to_keep_it_was_followed():
    [found] = actions(
        workload("a", state="accepted", to="large"),
        retirements={"large": "2026-08-01"},
    )

    assert (found["kind"], found["to"]) == ("retirement", None)


def test_what_retires_is_no_action_while_it_is_being_left():
    left = workload("a", state="accepted", leaving=True)

    assert actions(left, retirements={"large": "2026-06-02"}) == []


def test_open_advice_on_top_of_leaving_is_no_retirement_and_not_imminent():
    left = workload("a", saved="10.00", leaving=True)

    first, second = actions(workload("b"), left, retirements={"large": "2026-06-02"})

    assert (first["workload"]["name"], first["kind"]) == ("b", "retirement")
    assert (second["kind"], second["retires_on"]) == ("saving", None)
