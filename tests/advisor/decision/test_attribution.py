"""Shapley shares against their definition, and parts that sum when they are shown."""

from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.decision.attribution import shares, shown_parts

NAMES = ("price", "traffic", "tokens", "latency")
MONEY = st.decimals(min_value=-10_000, max_value=10_000, places=4)


@st.composite
def games(draw, names=NAMES):
    """Draw a game on one to four drivers: a table from subset to value."""
    players = names[: draw(st.integers(1, len(names)))]
    subsets = [
        frozenset(name for index, name in enumerate(players) if mask >> index & 1)
        for mask in range(1 << len(players))
    ]
    return players, {subset: draw(MONEY) for subset in subsets}


def by_permutations(players, table):
    """Shapley's definition: the mean, over every order, of what a driver adds."""
    orders = list(permutations(players))
    found = dict.fromkeys(players, Fraction(0))
    for order in orders:
        for place, name in enumerate(order):
            before = frozenset(order[:place])
            found[name] += Fraction(table[before | {name}]) - Fraction(table[before])
    return {name: total / len(orders) for name, total in found.items()}


def test_two_drivers_worked_out_by_hand():
    # Price alone 100 -> 120, traffic alone 100 -> 200, both 100 -> 240. Price adds 20
    # when it moves first and 40 when second: 30. Traffic 100 and 120: 110.
    table = {
        frozenset(): Decimal(100),
        frozenset({"price"}): Decimal(120),
        frozenset({"traffic"}): Decimal(200),
        frozenset({"price", "traffic"}): Decimal(240),
    }

    found = shares(table.__getitem__, ["price", "traffic"])

    assert found == {"price": Fraction(30), "traffic": Fraction(110)}


def test_thirds_stay_exact():
    # The three together make 1, fewer make nothing: each a third, which no decimal is.
    found = shares(lambda moved: Decimal(len(moved) == 3), ["a", "b", "c"])

    assert set(found.values()) == {Fraction(1, 3)}


def test_no_driver_has_no_share():
    assert shares(lambda moved: Decimal(7), []) == {}


@given(games())
def test_shares_are_what_the_definition_says(game):
    players, table = game

    assert shares(table.__getitem__, players) == by_permutations(players, table)


@given(games())
def test_shares_sum_to_the_whole_change(game):
    players, table = game

    total = sum(shares(table.__getitem__, players).values())

    assert total == Fraction(table[frozenset(players)]) - Fraction(table[frozenset()])


@given(games(), st.randoms())
def test_the_order_of_drivers_never_matters(game, random):
    players, table = game
    shuffled = list(players)
    random.shuffle(shuffled)

    assert shares(table.__getitem__, shuffled) == shares(table.__getitem__, players)


@given(games(NAMES[:3]))
def test_a_driver_that_moves_nothing_gets_nothing_and_changes_no_share(game):
    players, table = game

    def with_idle(moved):
        return table[moved - {"idle"}]

    found = shares(with_idle, [*players, "idle"])

    assert found.pop("idle") == 0
    assert found == shares(table.__getitem__, players)


@given(games(), st.data())
def test_shares_of_a_sum_of_games_are_the_sums_of_shares(game, data):
    players, first = game
    second = {subset: data.draw(MONEY) for subset in first}

    both = shares(lambda moved: first[moved] + second[moved], players)

    ours, theirs = (shares(each.__getitem__, players) for each in (first, second))
    assert both == {name: ours[name] + theirs[name] for name in players}


def test_alike_drivers_share_alike():
    # Only how many have moved counts: 0, 1, 4, 9. Each gets 9 / 3.
    found = shares(lambda moved: Decimal(len(moved) ** 2), ["x", "y", "z"])

    assert set(found.values()) == {Fraction(3)}


def test_every_subset_is_asked_for_once():
    asked = []

    shares(lambda moved: asked.append(moved) or Decimal(0), NAMES)

    assert len(asked) == len(set(asked)) == 2 ** len(NAMES)


def test_shown_parts_go_to_the_largest_remainders():
    # 33.333... three times is 100: floors make 99.99, one cent is left over. Equal
    # remainders and sizes are settled by name.
    third = Fraction(100, 3)

    shown = shown_parts({"c": third, "a": third, "b": third}, Decimal("100.00"))

    assert shown == {
        "c": Decimal("33.33"),
        "a": Decimal("33.34"),
        "b": Decimal("33.33"),
    }


def test_a_part_that_is_zero_stays_zero():
    # Floors of -0.015 and 0.004 are -0.02 and 0.00: one cent of two is left for -0.01.
    parts = {"a": Fraction(-15, 1000), "b": Fraction(4, 1000), "idle": Fraction(0)}

    shown = shown_parts(parts, Decimal("-0.01"))

    assert shown == {"a": Decimal("-0.01"), "b": Decimal(0), "idle": Decimal(0)}


@given(
    st.dictionaries(
        st.sampled_from("abcdefghi"),
        st.fractions(min_value=-1000, max_value=1000, max_denominator=10_000),
    ),
    st.randoms(),
)
def test_shown_parts_sum_and_lie_within_a_cent(parts, random):
    total = Decimal(round(sum(parts.values(), Fraction(0)) * 100)) / 100
    shuffled = list(parts.items())
    random.shuffle(shuffled)

    shown = shown_parts(parts, total)

    assert sum(shown.values(), Decimal(0)) == total
    assert all(
        abs(Fraction(shown[name]) - parts[name]) < Fraction(1, 100) for name in parts
    )
    assert all(shown[name] == 0 for name in parts if not parts[name])
    assert shown_parts(dict(shuffled), total) == shown


def test_a_total_that_is_not_the_sum_is_refused():
    with pytest.raises(ValueError, match="to a cent"):
        shown_parts({"a": Fraction(1)}, Decimal("3.00"))
