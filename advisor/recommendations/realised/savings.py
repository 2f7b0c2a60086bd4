"""What followed advice really saved: the old option's price for the actual traffic."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
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


class Move(NamedTuple):
    """Advice that is or was followed: from which option to which, and since when.

    It counts from the moment that it was accepted, or succeeded without.
    """

    since: datetime
    before: OptionKey
    pick: OptionKey


def moves_of(
    organization: Organization, uses: Mapping[UUID, Uses], *, at: datetime
) -> defaultdict[UUID, list[Move]]:
    """Return the moves that advice led to by workload, oldest first; one query.

    Advice to run models in several calls is left out: its usage does not say how many
    requests it answered, so what it saved cannot be told.

    A move starts from what served the workload before. Advice that failed or was
    dismissed after all led to none, nor did advice to stay.
    """
    found: defaultdict[UUID, list[Move]] = defaultdict(list)
    for workload_id, since, pick in _followed(organization, at):
        use = uses[workload_id].before(since) if workload_id in uses else None
        if use is not None and use.option not in (None, pick):
            found[workload_id].append(Move(since, use.option, pick))
    return found


def _followed(
    organization: Organization, at: datetime
) -> list[tuple[UUID, datetime, OptionKey]]:
    steps = Transition.objects.visible_to(organization).filter(
        at__lte=at,
        recommendation__picked_offering__isnull=False,
        recommendation__picked_way__isnull=True,
    )
    followed = steps.filter(
        recommendation=OuterRef("recommendation"), to_state__in=FOLLOWED
    )
    first: dict[UUID, tuple[UUID, datetime, OptionKey]] = {}
    last: dict[UUID, str] = {}
    for advice, state, since, workload_id, offering, tier in (
        steps.filter(Exists(followed))
        .order_by("version")
        .values_list(
            *("recommendation_id", "to_state", "at", "recommendation__workload_id"),
            *("recommendation__picked_offering", "recommendation__picked_service_tier"),
        )
    ):
        last[advice] = state
        if state in FOLLOWED and advice not in first:
            pick = OptionKey(offering=str(offering), service_tier=tier)
            first[advice] = workload_id, since, pick
    standing = (move for advice, move in first.items() if last[advice] in FOLLOWED)
    return sorted(standing, key=lambda move: move[1])


def realised_saving(
    moves: Iterable[Move], records: Iterable[Record], *, books: Books, shape: Shape
) -> Decimal | None:
    """Return what followed advice saved to date, in USD; below zero if it cost more.

    Only usage of a picked option that begins after its acceptance counts, against what
    served the workload before. Each record counts once, for the newest advice that
    moved to its option. None where no such usage has both prices.
    """
    saved = [_saving(record, moves, books, shape) for record in records]
    known = [saving for saving in saved if saving is not None]
    return sum(known, ZERO) if known else None


def _saving(
    record: Record, moves: Iterable[Move], books: Books, shape: Shape
) -> Decimal | None:
    before = None
    for move in moves:
        if move.pick == record.option and move.since <= record.used_from:
            before = move.before  # the newest move comes last
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
