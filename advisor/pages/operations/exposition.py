"""The service's state as Prometheus reads it: gauges, taken when it asks.

No name of a tenant, of a workload or of a host is among the labels.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from advisor.pages.operations import broker, figures

__all__ = ["CONTENT_TYPE_LATEST", "exposition"]


def exposition(at: datetime) -> bytes:
    """Return every gauge as it stands at a moment, in the text format."""
    # A registry of its own for each answer: nothing is counted in this process.
    registry = CollectorRegistry(auto_describe=False)
    registry.register(ServiceState(at))
    return generate_latest(registry)


class ServiceState(Collector):
    """Reads the database and the broker once, at one moment."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges; what is unknown is left out, not shown as zero."""
        yield from self._rows()
        yield from self._ages()
        yield from self._measuring()
        yield from self._broker()

    def _rows(self) -> Iterator[GaugeMetricFamily]:
        for name, text, label, count in BY_LABEL:
            yield _labelled(name, text, label, count(self.at))
        for name, text, total in TOTALS:
            yield GaugeMetricFamily(name, text, value=total())

    def _ages(self) -> Iterator[GaugeMetricFamily]:
        for name, text, moment in AGES:
            yield from self._age(name, text, moment())

    def _age(
        self, name: str, text: str, moment: datetime | None
    ) -> Iterator[GaugeMetricFamily]:
        if moment is not None:
            age_s = max((self.at - moment).total_seconds(), 0.0)
            yield GaugeMetricFamily(name, text, value=age_s)

    def _measuring(self) -> Iterator[GaugeMetricFamily]:
        found = figures.measuring(self.at)
        yield GaugeMetricFamily(
            "rightsize_measuring_spent_usd",
            "What runs of this UTC month cost, in USD.",
            value=float(found.spent_usd),
        )
        yield GaugeMetricFamily(
            "rightsize_measuring_budget_usd",
            "Budgets of this UTC month of plans that have one, in USD.",
            value=float(found.budget_usd),
        )

    def _broker(self) -> Iterator[GaugeMetricFamily]:
        try:
            state = broker.broker_state()
        except broker.BrokerSilent:
            yield _up(0)
            return
        yield _up(1)
        text = "Messages that wait in each queue of the broker."
        yield _labelled("rightsize_queue_messages", text, "queue", state.waiting)
        yield from self._age(
            "rightsize_heartbeat_age_seconds",
            "Time since a worker last carried out what beat had sent.",
            state.heartbeat_at,
        )


def _up(up: int) -> GaugeMetricFamily:
    text = "Whether the broker answered within half a second."
    return GaugeMetricFamily("rightsize_broker_up", text, value=up)


def _labelled(
    name: str, text: str, label: str, counts: Mapping[str, int]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


_Counts = Callable[[datetime], Mapping[str, int]]
BY_LABEL: tuple[tuple[str, str, str, _Counts], ...] = (
    (
        "rightsize_benchmark_runs",
        "Runs that wait or run, and runs of the last 24 hours by how they ended.",
        "status",
        figures.runs_by_status,
    ),
    (
        "rightsize_benchmark_runs_failing",
        "Runs of the last 24 hours that failed, by kind of failure.",
        "kind",
        figures.failing_runs,
    ),
    (
        "rightsize_deliveries",
        "Messages waiting, being sent and dead, and those sent within 7 days.",
        "state",
        figures.deliveries_by_state,
    ),
)
TOTALS: tuple[tuple[str, str, Callable[[], int]], ...] = (
    (
        "rightsize_workloads",
        "Workloads that are not archived.",
        figures.workloads,
    ),
    (
        "rightsize_price_sheets_held",
        "Price sheets that wait for a decision.",
        figures.held_sheets,
    ),
)
AGES: tuple[tuple[str, str, Callable[[], datetime | None]], ...] = (
    (
        "rightsize_catalogue_change_age_seconds",
        "Time since the catalogue last changed.",
        figures.newest_catalogue_change,
    ),
    (
        "rightsize_advice_watch_age_seconds",
        "Time since the workload that waits longest was checked for new advice.",
        figures.oldest_watch,
    ),
)
