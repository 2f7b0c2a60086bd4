"""How requests and spend fall on model sizes, beside what a survey found."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from advisor.decision.ranking import BANDS
from advisor.recommendations.amounts import cent
from advisor.recommendations.portfolio.lines import ZERO, Line

Json = dict[str, Any]

# What one survey of 2024 found; it says nothing about all enterprises.
YARDSTICK: tuple[Json, ...] = (
    {
        "key": "at_most_13b_users",
        "share": 0.77,
        "sentence": "77 % of Llama and Mistral users ran models of at most 13 B"
        " parameters (2024).",
        "source": "https://tomtunguz.com/small-but-mighty-ai",
    },
    {
        "key": "from_100b_use",
        "share": 0.15,
        "sentence": "15 % of use was at 100 B and more (2024).",
        "source": "https://tomtunguz.com/small-but-mighty-ai",
    },
)


def size_mix_of(lines: Sequence[Line]) -> Json:
    """Return requests and spend by the size band of what is in use.

    Workloads without a known option in use are in neither, unpriced ones in the
    requests alone; a share is null where there is nothing to share.
    """
    requests = dict.fromkeys(BANDS, 0)
    spend = dict.fromkeys(BANDS, ZERO)
    for line in lines:
        if line.band is not None:
            requests[line.band] += line.revision.requests_per_month
            spend[line.band] += line.spend or ZERO
    return {
        "requests": [
            {"band": band, "count": count, "share": _share(count, requests)}
            for band, count in requests.items()
        ],
        "spend": [
            {"band": band, "amount": cent(amount), "share": _share(amount, spend)}
            for band, amount in spend.items()
        ],
        "yardstick": [dict(each) for each in YARDSTICK],
    }


def _share(
    part: int | Decimal, parts: dict[str, int] | dict[str, Decimal]
) -> float | None:
    whole = sum(parts.values())
    return round(float(part / whole), 4) if whole else None
