"""The catalogue in memory: read once per change, and never behind the database."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from django.db import connection

from advisor.recommendations.catalogue import (
    BEFORE_ALL,
    current_history,
    newest_changes,
)
from tests.advisor.recommendations.market import open_market
from tests.factories.catalog import CatalogueChangeFactory, OfferingFactsFactory

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
PROJECT = Path(__file__).resolve().parents[3]


def held():
    """Return the catalogue that an answer would be computed from."""
    return current_history(newest_changes().catalogue)


@pytest.mark.django_db
def test_an_empty_catalogue_is_known_since_before_all():
    history = held()

    assert history.known_at == BEFORE_ALL
    assert history.slot_tier == ()


@pytest.mark.django_db
def test_it_is_read_once_until_something_changes():
    open_market()

    first, second = held(), held()
    CatalogueChangeFactory(received_at=MARCH)

    assert second is first
    assert held() is not first


@pytest.mark.django_db
def test_what_is_unknown_is_read_as_unknown_and_no_as_no():
    market = open_market()
    OfferingFactsFactory(
        offering=market["small-8b"],
        received_at=MARCH,
        zero_retention=False,
        residency_regions=["eu"],
    )
    CatalogueChangeFactory(received_at=MARCH)

    facts = held().offering_facts

    stated = facts.values[:, facts.columns.index("zero_retention")]
    assert stated[~np.isnan(stated)].tolist() == [0.0]
    assert len(stated) == 5  # four that say nothing, one that says no
    assert frozenset({"eu"}) in facts.residencies


@pytest.mark.django_db(transaction=True)
def test_a_change_that_another_process_commits_is_seen_at_once(tmp_path):
    open_market()
    before = held()
    sheet = tmp_path / "prices.csv"
    sheet.write_text(
        "provider,name,currency,input_per_mtok,output_per_mtok\nacme,a-8b,USD,1,4\n"
    )

    database = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    subprocess.run(
        [sys.executable, "manage.py", "import_prices", str(sheet), "--source", "csv"],
        cwd=PROJECT,
        env={
            **os.environ,
            "DATABASE_URL": database._replace(path=f"/{name}").geturl(),
        },
        check=True,
        capture_output=True,
    )

    after = held()
    assert "a-8b" not in before.offering_names
    assert "a-8b" in after.offering_names
    assert after.known_at > before.known_at
