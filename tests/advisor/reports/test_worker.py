"""Mails sent by a real worker that is killed at the worst moments."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from advisor.reports import tasks
from advisor.reports.models import Delivery
from advisor.reports.services import claims
from advisor.reports.services.sending import recover_lost
from advisor.supervisor.processes import wait_until
from tests.conftest import PROJECT
from tests.factories.reports import DeliveryFactory, ReportEditionFactory
from tests.mail_servers import Box, Server

pytestmark = pytest.mark.worker


@pytest.fixture
def box():
    box = Box()
    server = Server(box)
    server.start()
    box.port = server.port
    yield box
    server.stop()


@pytest.fixture
def start_worker(transactional_db, own_valkey_database, tmp_path, box):
    """Return what starts a worker of this test's own, to be killed."""
    started = []
    url = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    environment = {
        **os.environ,
        "DATABASE_URL": url._replace(path=f"/{name}").geturl(),
        "REDIS_URL": own_valkey_database,
        "EMAIL_URL": f"smtp://127.0.0.1:{box.port}",
        "EMAIL_TIMEOUT": "30",
    }
    command = [sys.executable, "-m", "celery", "-A", "advisor", "worker"]
    command += ["--concurrency", "1", "--without-mingle", "--loglevel", "ERROR"]
    command += ["--queues", "mail-tests"]

    def start():
        with (tmp_path / f"worker-{len(started)}").open("wb") as log:
            worker = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def send(delivery):
    tasks.send_deliveries.apply_async(
        kwargs={"delivery_ids": [str(delivery.pk)]}, queue="mail-tests"
    )


def kill(worker):
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def comes_to(delivery, **fields):
    rows = Delivery.objects.filter(pk=delivery.pk, **fields)
    return wait_until(rows.exists, patience_s=40)


def test_a_worker_killed_after_the_hand_over_leads_to_one_repeat(start_worker, box):
    delivery = DeliveryFactory(
        report=ReportEditionFactory().report, subscription__email="a@example.com"
    )
    box.temper = {"*": "hang late"}
    worker = start_worker()
    send(delivery)
    assert wait_until(lambda: bool(box.seen), patience_s=40)

    kill(worker)
    box.temper = {}
    after_lease = timezone.now() + claims.lease() + timedelta(seconds=1)
    recover_lost(at=after_lease)
    delivery.refresh_from_db()
    repeats = (delivery.state, delivery.unanswered)
    Delivery.objects.update(next_attempt_at=timezone.now())
    start_worker()
    send(delivery)

    assert repeats == ("waiting", 1)
    assert comes_to(delivery, state="sent", attempts=2)
    assert box.seen == {f"<{delivery.message_id}>": 2}


def test_a_worker_killed_before_the_hand_over_leads_to_none(start_worker, box):
    delivery = DeliveryFactory(
        report=ReportEditionFactory().report, subscription__email="a@example.com"
    )
    box.temper = {"*": "hang"}
    worker = start_worker()
    send(delivery)
    assert comes_to(delivery, state="sending")

    kill(worker)
    box.temper = {}
    after_lease = timezone.now() + claims.lease() + timedelta(seconds=1)
    recover_lost(at=after_lease)
    Delivery.objects.update(next_attempt_at=timezone.now())
    start_worker()
    send(delivery)

    assert comes_to(delivery, state="sent", attempts=2, unanswered=0)
    assert box.seen == {f"<{delivery.message_id}>": 1}
