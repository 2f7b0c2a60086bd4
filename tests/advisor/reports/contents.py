"""A report's content with plain figures, for tests of how it is written."""

ID = "00000000-0000-4000-8000-000000000001"
LARGE = {
    "id": "a",
    "name": "large-400b",
    "provider": "costly",
    "region": None,
    "service_tier": "standard",
    "band": "large",
}
SMALL = {**LARGE, "id": "b", "name": "small-8b", "provider": "cheapo", "band": "small"}


def bounds(expected):
    """Return a band of a tenth to either side."""
    low, high = expected * 0.9, expected * 1.1
    return {
        "low": f"{low:.2f}",
        "expected": f"{expected:.2f}",
        "high": f"{high:.2f}",
    }


def months(in_use=12_345.60, recommended=140.0):
    """Return the year from December 2026, growing by a hundredth a month."""
    names = ["2026-12", *(f"2027-{month:02d}" for month in range(1, 12))]
    return [
        {
            "month": name,
            "in_use": bounds(in_use * 1.01**place),
            "recommended": bounds(recommended * 1.01**place),
        }
        for place, name in enumerate(names)
    ]


def action(name="Support chat", **changes):
    """Return advice to save 12,205.60 a month."""
    return {
        "kind": "saving",
        "workload": {"id": ID, "name": name},
        "path": f"/workloads/{ID}/",
        "recommendation": ID,
        "from": LARGE,
        "to": SMALL,
        "money_monthly": "12205.60",
        "risk": 2,
        "effort": "high",
        "reasons": [],
        "retires_on": None,
        "way_out": None,
        **changes,
    }


def spend(**changes):
    """Return spend of 12,345.60 a month, 140 of it as recommended."""
    return {
        "currency": "USD",
        "monthly": {"in_use": "12345.60", "recommended": "140.00"},
        "twelve_months": {"in_use": bounds(156_574), "recommended": bounds(1_776)},
        "months": months(),
        "savings": {"open": "12205.60", "accepted": "0.00"},
        "realised": None,
        "priced": 1,
        "unpriced": [],
        **changes,
    }


def health(**changes):
    """Return 480 requests, one in a hundred of which failed."""
    return {
        "option": LARGE,
        "workloads": ["Support chat"],
        "too_many": False,
        "groups": [
            {
                "token_class": "short",
                "basis": "measured",
                "runs": 8,
                "requests": 480,
                "ttft_ms_p50": 212.4,
                "ttft_ms_p95": 1812.0,
                "tpot_ms_p50": 21.4,
                "request_ms_p95": 9000.0,
                "errors": {
                    "count": 5,
                    "n": 480,
                    "share": 0.0104,
                    "low": 0.0045,
                    "high": 0.0241,
                },
                "until": "2026-11-23T07:00:00Z",
            }
        ],
        **changes,
    }


def price_change(**changes):
    """Return a rise of a fifth of the rate of input."""
    return {
        "option": LARGE,
        "workloads": ["Support chat"],
        "meter": "input_per_mtok",
        "before": "2.5",
        "after": "3",
        "percent": 20.0,
        "currency": "USD",
        "effective_from": "2026-11-18T00:00:00Z",
        "received_at": "2026-11-18T05:00:00Z",
        **changes,
    }


def advice_change(**changes):
    """Return advice that moved to a smaller model, for one reason."""
    return {
        "workload": {"id": ID, "name": "Support chat"},
        "path": f"/recommendations/{ID}/changes/?since={ID}",
        "first": False,
        "change": "-7440.00",
        "drivers": [{"driver": "price", "amount": "-7440.00"}],
        "sentences": ["cheapo/small-8b rose to rank 1: its price fell by 20 %."],
        "pick": SMALL,
        **changes,
    }


def content(**changes):
    """Return the content of a week with one of everything."""
    return {
        "form": 1,
        "week": "2026-W48",
        "time_zone": "Europe/Paris",
        "covers_from": "2026-11-16T07:00:00Z",
        "covers_to": "2026-11-23T07:00:00Z",
        "known_at": "2026-11-23T07:00:00Z",
        "organization": "Example Ltd",
        "workloads": 1,
        "currency": "USD",
        "news": True,
        "actions": [action()],
        "actions_left_out": 0,
        "spend": spend(),
        "changes": {
            "advice": [advice_change()],
            "decisions": [
                {
                    "workload": {"id": ID, "name": "Support chat"},
                    "state": "dismissed",
                    "at": "2026-11-17T09:00:00Z",
                    "reason": "not_now",
                }
            ],
            "performance": [],
            "prices": [price_change()],
        },
        "size_mix": {
            "requests": [
                {"band": "small", "count": 750, "share": 0.75},
                {"band": "medium", "count": 0, "share": 0.0},
                {"band": "large", "count": 250, "share": 0.25},
                {"band": "undisclosed", "count": 0, "share": 0.0},
            ],
            "spend": [
                {"band": "small", "amount": "100.00", "share": 0.1},
                {"band": "medium", "amount": "0.00", "share": 0.0},
                {"band": "large", "amount": "900.00", "share": 0.9},
                {"band": "undisclosed", "amount": "0.00", "share": 0.0},
            ],
            "yardstick": [
                {"key": "y", "share": 0.77, "sentence": "77 % did.", "source": "s"}
            ],
        },
        "health": [health()],
        "upcoming": {
            "retirements": [
                {
                    "option": LARGE,
                    "workloads": ["Support chat"],
                    "on": "2027-01-15",
                    "new": True,
                }
            ],
            "prices": [
                {**price_change(effective_from="2027-01-01T00:00:00Z"), "new": False}
            ],
        },
        "confidence": {
            "workloads": 1,
            "judged": 1,
            "provisional": 1,
            "quality": {"published": 1},
            "latency": {"modelled": 1},
            "lines": [],
            "surer": [{"code": "measure", "workloads": ["Support chat"], "all": True}],
        },
        **changes,
    }


def quiet_content(**changes):
    """Return the content of a week without news, and with nothing to do."""
    nothing = {"advice": [], "decisions": [], "performance": [], "prices": []}
    return content(
        news=False,
        actions=[],
        changes=nothing,
        spend=spend(savings={"open": "0.00", "accepted": "0.00"}),
        upcoming={"retirements": [], "prices": []},
        **changes,
    )


def empty_content():
    """Return the content of an organization without workloads."""
    bands = ("small", "medium", "large", "undisclosed")
    return quiet_content() | {
        "workloads": 0,
        "spend": spend(
            monthly={"in_use": "0.00", "recommended": "0.00"},
            twelve_months={"in_use": None, "recommended": None},
            months=[],
            savings={"open": "0.00", "accepted": "0.00"},
            priced=0,
        ),
        "size_mix": {
            "requests": [{"band": b, "count": 0, "share": None} for b in bands],
            "spend": [{"band": b, "amount": "0.00", "share": None} for b in bands],
            "yardstick": [],
        },
        "health": [],
        "confidence": {
            "workloads": 0,
            "judged": 0,
            "provisional": 0,
            "quality": {},
            "latency": {},
            "lines": [],
            "surer": [],
        },
    }
