"""What the dashboard says, a card for each concern: a figure, a tone, where to look."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from advisor.pages.operations.broker import BrokerState, Worker, queue_names
from advisor.pages.operations.figures import Measuring
from advisor.reports.models import DeliveryState
from benchmarks.models import RunStatus
from benchmarks.services.budget import money

# Beat sends one a minute; after three, something on the way is down.
HEARTBEAT_PATIENCE = timedelta(minutes=3)
# Advice is looked at daily at the latest.
WATCH_PATIENCE = timedelta(hours=26)
# Messages that wait in a queue although workers take them within moments.
MANY_WAITING = 100
NEARLY_SPENT = Decimal("0.8")


class Tone(StrEnum):
    """How much a card matters now; the page says it in words as well as in colour."""

    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One concern: its figure in words, notes below it, and the list behind it.

    `rows` names the model whose admin list shows more ("benchmarks.benchmarkrun"),
    filtered by `query`; `link` is what the way there is called.
    """

    title: str
    figure: str
    tone: Tone
    notes: tuple[str, ...] = ()
    link: str = ""
    rows: str = ""
    query: str = ""


SILENT = Card(
    title="Broker",
    figure="does not answer",
    tone=Tone.BAD,
    notes=(
        "Nothing is sent to workers until it does. Work waits as rows and is not lost.",
        "Check the server that REDIS_URL names.",
    ),
)


def workers_card(workers: list[Worker]) -> Card:
    """Say who answered, and which queue nobody serves."""
    served = {queue for worker in workers for queue in worker.queues}
    idle = [name for name in queue_names() if name not in served]
    notes = [f"{worker.name}: {', '.join(worker.queues)}" for worker in workers]
    notes += [
        f"Nobody serves the queue {name}: start a worker for it." for name in idle
    ]
    return Card(
        title="Workers",
        figure=f"{counted(len(workers), 'worker')} answered",
        tone=Tone.BAD if idle else Tone.GOOD,
        notes=tuple(notes),
    )


def heartbeat_card(beat: datetime | None, at: datetime) -> Card:
    """Say when a worker last did what beat had sent."""
    if beat is None:
        return Card(
            title="Heartbeat",
            figure="none yet",
            tone=Tone.WATCH,
            notes=("Comes within a minute once beat and a worker run.",),
        )
    late = at - beat > HEARTBEAT_PATIENCE
    return Card(
        title="Heartbeat",
        figure=f"{age(at - beat)} ago",
        tone=Tone.BAD if late else Tone.GOOD,
        notes=("Beat or the workers stand still.",) if late else (),
    )


def queues_card(state: BrokerState) -> Card:
    """Say how many messages wait, queue by queue."""
    total = sum(state.waiting.values())
    return Card(
        title="Queues",
        figure=f"{counted(total, 'message')} waiting",
        tone=Tone.WATCH if total > MANY_WAITING else Tone.GOOD,
        notes=tuple(f"{name}: {count:,}" for name, count in state.waiting.items()),
    )


def sheets_card(held: int) -> Card:
    """Say how many price sheets wait for a decision."""
    return Card(
        title="Price sheets held",
        figure=f"{counted(held, 'sheet')} to decide" if held else "none",
        tone=Tone.WATCH if held else Tone.GOOD,
        link="See the sheets",
        rows="catalog.pricesheet",
        query="status__exact=held",
    )


def runs_card(statuses: Mapping[str, int], kinds: Mapping[str, int]) -> Card:
    """Say how the runs of a day went, and what the failed ones met."""
    failed = statuses[RunStatus.FAILED]
    ended = sum(statuses.values()) - _under_way(statuses)
    return Card(
        title="Runs failing, 24 hours",
        figure=f"{failed or 'none'} of {counted(ended, 'run')}",
        tone=Tone.WATCH if failed else Tone.GOOD,
        notes=tuple(
            f"{kind.replace('_', ' ')}: {count:,}" for kind, count in kinds.items()
        ),
        link="See the failed runs",
        rows="benchmarks.benchmarkrun",
        query="status__exact=failed",
    )


def under_way_card(statuses: Mapping[str, int]) -> Card:
    """Say how many runs wait and how many are measured now."""
    running, queued = statuses[RunStatus.RUNNING], statuses[RunStatus.QUEUED]
    return Card(
        title="Runs under way",
        figure=f"{running:,} running",
        tone=Tone.GOOD,
        notes=(f"{queued:,} queued",),
        link="See the runs",
        rows="benchmarks.benchmarkrun",
        query="status__exact=running" if running else "status__exact=queued",
    )


def _under_way(statuses: Mapping[str, int]) -> int:
    return statuses[RunStatus.RUNNING] + statuses[RunStatus.QUEUED]


def reports_card(states: Mapping[str, int]) -> Card:
    """Say how many reports and alerts went out, and which never will."""
    dead = states[DeliveryState.DEAD]
    waiting = states[DeliveryState.WAITING] + states[DeliveryState.SENDING]
    return Card(
        title="Reports and alerts, 7 days",
        figure=f"{states[DeliveryState.SENT]:,} sent",
        tone=Tone.BAD if dead else Tone.GOOD,
        notes=(f"{waiting:,} waiting", f"{dead:,} given up"),
        link="See the messages",
        rows="reports.delivery",
        query="state__exact=dead" if dead else "state__exact=waiting",
    )


def watches_card(oldest: datetime | None, at: datetime) -> Card:
    """Say how long the workload that waits longest was not looked at."""
    if oldest is None:
        return Card(title="Advice tick", figure="nothing to watch", tone=Tone.GOOD)
    lag = at - oldest
    late = lag > WATCH_PATIENCE
    return Card(
        title="Advice tick",
        figure=f"{age(lag)} behind",
        tone=Tone.BAD if late else Tone.GOOD,
        notes=("Since the workload that waits longest was last checked.",),
        link="See what is watched",
        rows="recommendations.workloadwatch",
    )


def measuring_card(found: Measuring) -> Card:
    """Say what measuring cost this month, beside the budgets of plans."""
    notes = ["No enabled plan has a monthly budget."]
    tone = Tone.GOOD
    if found.plans_with_budget:
        share = found.budgeted_usd / found.budget_usd
        plans = counted(found.plans_with_budget, "plan")
        notes = [
            f"{share:.0%} of {money(found.budget_usd)}, the budgets of {plans}"
            if found.budgeted_usd == found.spent_usd
            else f"{money(found.budgeted_usd)} of it under budgets of"
            f" {money(found.budget_usd)} ({share:.0%}, {plans})"
        ]
        tone = Tone.WATCH if share >= NEARLY_SPENT else Tone.GOOD
    return Card(
        title="Measuring, this month",
        figure=f"{money(found.spent_usd)} spent",
        tone=tone,
        notes=tuple(notes),
        link="See the plans",
        rows="benchmarks.benchmarkplan",
    )


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: "1 run", "1,204 runs"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def age(span: timedelta) -> str:
    """Return a span by its largest unit: "12 s", "5 min", "3 h", "2 days"."""
    seconds = max(round(span.total_seconds()), 0)
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size or (unit != "days" and seconds >= size):
            return f"{seconds // size:,} {unit}"
    return f"{seconds} s"
