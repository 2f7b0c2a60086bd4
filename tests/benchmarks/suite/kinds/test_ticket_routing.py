"""Tickets: the stated rule decides, whoever applies it to the sentences."""

import re

import pytest

from benchmarks.suite import KINDS, items
from benchmarks.suite.kinds.ticket_routing import COMPLAINTS


def team_of(ticket, team):
    """Return whether one of the team's complaints stands in the ticket."""
    return any(
        re.search(re.sub(r"\\\{\w+\\\}", ".+?", re.escape(form)), ticket)
        for form in COMPLAINTS[team]
    )


@pytest.mark.parametrize("item", items(KINDS["ticket_routing"], seed=5, count=90))
def test_the_first_team_with_an_open_matter_is_expected(item):
    text = item["messages"][0]["content"]
    ticket = text.partition("Ticket:\n")[2]
    listed = item["grader"]["choices"]

    open_at = [name for name in listed if team_of(ticket, name.lower())]

    assert item["expected"] == open_at[0]
    assert len(open_at) == (2 if item["difficulty"] == "hard" else 1)
