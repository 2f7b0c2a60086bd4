"""Weekly reports of many organizations by two real workers, killed as they go.

`python -m bench.reports [ORGANIZATIONS] [KILLS]`. Each organization has a workload with
advice on the real catalogue and one reader. Ten times, in the middle of sending, one
worker and the mail server are killed by signal 9 and started again. What arrived is
counted by Message-ID from what the mail server noted before it answered.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

with socket.socket() as _probe:
    _probe.bind(("127.0.0.1", 0))
    PORT = _probe.getsockname()[1]
# Read by the settings here and in the workers. Leases are short, so that what a killed
# worker held is taken up again while the bench runs.
os.environ |= {
    "EMAIL_URL": f"smtp://127.0.0.1:{PORT}",
    "SENDING_LIMIT_S": "10",
    "LOG_LEVEL": "ERROR",
}

import bench.service  # noqa: F401, I001  # before any model

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Organization
from advisor.recommendations import demo
from advisor.recommendations.services import recommend
from advisor.reports import tasks
from advisor.reports.models import Delivery, Subscription, WeeklyReport
from catalog.models import Offering, OfferingKind
from workloads.serializers import (
    WorkloadQuestionSerializer,
    revision_fields,
)
from workloads.services import create_workload

ORGANIZATIONS, KILLS = 1_000, 10
AGE = timedelta(days=60)
SEND_EVERY_S, MAKE_EVERY_S = 3.0, 60.0
PATIENCE_S = 1_800.0
OVER = ("sent", "dead", "cancelled")


class Processes:
    """Two workers and a mail server, each the leader of a group that can be killed."""

    def __init__(self, folder: Path) -> None:
        self.received = folder / "received"
        self.received.touch()
        self._log = (folder / "log").open("wb")
        self._sink = self._start_sink()
        self._workers = [self._start_worker(number) for number in range(2)]

    def arrived(self) -> Counter[str]:
        """Return how often each Message-ID arrived."""
        return Counter(self.received.read_text().split())

    def kill(self, turn: int) -> None:
        """Kill the mail server and one of the workers, then start both again."""
        _kill(self._sink)
        number = turn % len(self._workers)
        _kill(self._workers[number])
        self._sink = self._start_sink()
        self._workers[number] = self._start_worker(number)

    def stop(self) -> None:
        """End all of them."""
        for each in (*self._workers, self._sink):
            _kill(each)

    def _start_sink(self) -> subprocess.Popen[bytes]:
        return self._start(["bench.mail_sink", str(PORT), str(self.received)])

    def _start_worker(self, number: int) -> subprocess.Popen[bytes]:
        options = ["--concurrency", "1", "--loglevel", "ERROR", "--without-mingle"]
        name = f"reports-{number}-{time.monotonic_ns()}@%h"
        return self._start(
            ["celery", "-A", "advisor", "worker", "--hostname", name, *options]
        )

    def _start(self, module: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", *module],
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )


def main(organizations: int, kills: int) -> None:
    """Prepare, run until every mail is sent or given up, print a table and one line."""
    for command in ("migrate", "load_catalogue"):
        call_command(command, verbosity=0)
    _age_catalogue()
    _tenants(organizations)
    with tempfile.TemporaryDirectory() as folder:
        processes = Processes(Path(folder))
        try:
            took_s = _run(processes, organizations, kills)
            arrived = processes.arrived()
        finally:
            processes.stop()
        _report(organizations, kills, took_s, arrived)


def _age_catalogue() -> None:
    """Let the catalogue have been known for long: reports tell what was known then.

    Its rows are only ever added, so the rule that keeps them is set aside here.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for model in apps.get_app_config("catalog").get_models():
            if any(field.name == "received_at" for field in model._meta.fields):
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(
                    f"UPDATE {table} SET received_at = received_at - %s", [AGE]
                )
        cursor.execute("SET session_replication_role = DEFAULT")


def _tenants(count: int) -> None:
    """Make organizations with a workload, advice and a reader each, a month ago."""
    then = timezone.now() - AGE / 2
    current = Offering.objects.filter(kind=OfferingKind.CHAT).earliest("pk")
    name = "Invoice extraction"
    question = demo.workloads({name: str(current.pk)})[name]
    for number in range(count):
        organization = Organization.objects.create(
            name=f"Organization {number}", slug=f"o-{number}", created_at=then
        )
        asked = WorkloadQuestionSerializer(
            data=question, context={"organization": organization}
        )
        asked.is_valid(raise_exception=True)
        workload = create_workload(
            organization=organization,
            name=name,
            fields=revision_fields(asked.validated_data),
            at=then,
        )
        recommend(workload=workload, as_of=then, at=then)
        Subscription.objects.create(
            organization=organization,
            email=f"reader{number}@example.com",
            locale=("en_US", "de_DE")[number % 2],
            created_at=then,
            confirmed_at=then,
        )


def _run(processes: Processes, organizations: int, kills: int) -> float:
    """Tick until all is over; return the seconds from the first tick to then.

    The kills come as the mails arrive, evenly between the first and the last.
    """
    begun = time.monotonic()
    next_make = next_send = begun
    done = 0
    while time.monotonic() < begun + PATIENCE_S:
        now = time.monotonic()
        if now >= next_make:
            tasks.make_due_reports.delay()
            next_make = now + MAKE_EVERY_S
        if now >= next_send:
            tasks.send_due.delay()
            next_send = now + SEND_EVERY_S
        arrived = len(processes.arrived())
        if done < kills and arrived >= (done + 1) * organizations / (kills + 1):
            processes.kill(done)
            done += 1
        over = Delivery.objects.filter(state__in=OVER).count()
        if done == kills and over == organizations:
            return time.monotonic() - begun
        time.sleep(0.05)
    raise TimeoutError(f"{over} of {organizations} after {PATIENCE_S:.0f} s")


def _report(
    organizations: int, kills: int, took_s: float, arrived: Counter[str]
) -> None:
    known = dict(Delivery.objects.values_list("message_id", "state"))
    lost = [each for each in known if each not in arrived]
    repeated = [each for each, count in arrived.items() if count > 1]
    reports = WeeklyReport.objects.count()
    print(f"{organizations} organizations, 2 workers, {took_s:.0f} s")
    most = f"more than once (at most {max(arrived.values())} times)"
    print(f"{'reports made':<34}{reports:>8}")
    print(f"{'mails that arrived':<34}{len(arrived):>8}")
    print(f"{most:<34}{len(repeated):>8}")
    for state, count in sorted(Counter(known.values()).items()):
        print(f"{'deliveries ' + state:<34}{count:>8}")
    line = {
        "bench": "reports",
        "per_minute": round(len(arrived) * 60 / took_s),
        "kill_tests": kills,
        "lost": organizations - len(known) + len(lost),
        "repeated": len(repeated),
    }
    print(json.dumps(line))


def _kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:3]]
    main(*(given + [ORGANIZATIONS, KILLS][len(given) :]))
