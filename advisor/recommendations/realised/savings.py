"""What followed advice really saved: the old option's price for the actual traffic."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import numpy as np
from django.db.models import Exists, OuterRef

from accounts.models import Organization
from advisor.decision.actual_spend import ZERO, Shape, Used
from advisor.decision.question import OptionKey
from advisor.recommendations.in_use import Uses
from advisor.recommendations.models import State, Transition
from advisor.recommendations.realised.books import Books, Record

FOLLOWED = (State.ACCEPTED, State.IN_PROGRESS, State.SUCCEEDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Advice that is being followed or was: its pick, and since when.

    It counts from the moment that it was accepted, or succeeded without.
    """

    recommendation: UUID
    since: datetime
    pick: OptionKey


Move = tuple[Followed, OptionKey | None]


def followed_advice(
    organization: Organization, *, at: datetime
) -> defaultdict[UUID, list[Followed]]:
    """Return the advice followed at a moment by workload, oldest first; one query.

    What failed or was dismissed after all is not among it.
    """
    steps = Transition.objects.visible_to(organization).filter(
        at__lte=at, recommendation__picked_offering__isnull=False
    )
    followed = steps.filter(
        recommendation=OuterRef("recommendation"), to_state__in=FOLLOWED
    )
    rows = steps.filter(Exists(followed)).order_by("version")
    columns = (
        *("recommendation__workload_id", "recommendation_id"),
        *("recommendation__picked_offering", "recommendation__picked_service_tier"),
    )
    first: dict[UUID, tuple[UUID, Followed]] = {}
    last: dict[UUID, str] = {}
    for workload_id, advice_id, offering, tier, state, moment in rows.values_list(
        *columns, "to_state", "at"
    ):
        last[advice_id] = state
        if state in FOLLOWED and advice_id not in first:
            pick = OptionKey(offering=str(offering), service_tier=tier)
            followed_one = Followed(recommendation=advice_id, since=moment, pick=pick)
            first[advice_id] = workload_id, followed_one
    found: defaultdict[UUID, list[Followed]] = defaultdict(list)
    for workload_id, advice in sorted(first.values(), key=lambda each: each[1].since):
        if last[advice.recommendation] in FOLLOWED:
            found[workload_id].append(advice)
    return found


def realised_saving(
    advice: Iterable[Followed],
    records: Iterable[Record],
    *,
    uses: Uses,
    books: Books,
    shape: Shape,
) -> Decimal | None:
    """Return what followed advice saved to date, in USD; below zero if it cost more.

    Only usage of a picked option that begins after its acceptance counts, against what
    served the workload before. Each record counts once, for the newest advice that
    moved to its option. None where no such usage has both prices.
    """
    moves = list(_moves(advice, uses))
    saved = [_saving(record, moves, books, shape) for record in records]
    known = [saving for saving in saved if saving is not None]
    return sum(known, ZERO) if known else None


def _moves(advice: Iterable[Followed], uses: Uses) -> Iterable[Move]:
    """Yield the advice that moved the workload, with what served it before."""
    for each in advice:
        use = uses.before(each.since)
        if use is not None and use.option not in (None, each.pick):
            yield each, use.option


def _saving(
    record: Record, moves: Iterable[Move], books: Books, shape: Shape
) -> Decimal | None:
    before = None
    for advice, option in moves:
        if advice.pick == record.option and advice.since <= record.used_from:
            before = option  # the newest move comes last
    if before is None:
        return None
    actual = books.cost(record, shape)
    traffic = as_on(before, record, books)
    otherwise = books.cost_on(before, record.period, traffic, shape)
    return None if actual is None or otherwise is None else otherwise - actual


def as_on(option: OptionKey, record: Record, books: Books) -> Used:
    """Return a record's traffic in the tokens that another option would have billed.

    The two models' tokenizers are compared where both are known; hidden tokens are
    the other model's where known. Otherwise tokens stay as they are.
    """
    theirs, ours = _facts(option, books), _facts(record.option, books)
    both = theirs["tokenizer_ratio"], ours["tokenizer_ratio"]
    known = [_exact(ratio) for ratio in both if not np.isnan(ratio)]
    hidden = theirs["reasoning_ratio"]
    return record.used.translated(
        tokenizer=known[0] / known[1] if len(known) == len(both) else None,
        reasoning=None if np.isnan(hidden) else _exact(hidden),
    )


def _facts(option: OptionKey, books: Books) -> Mapping[str, float]:
    seen = books.standpoint.seen
    slot = seen.history.slot_index.get((option.offering, option.service_tier))
    names = ("tokenizer_ratio", "reasoning_ratio")
    if slot is None:
        return dict.fromkeys(names, float("nan"))
    model = seen.history.slot_model[slot]
    return {name: float(seen.model_facts[name][model]) for name in names}


def _exact(ratio: float) -> Decimal:
    return Decimal(repr(float(ratio)))
