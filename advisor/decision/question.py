"""What a buyer asks, as plain values: traffic, tokens, limits, floor, constraints."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

HORIZON_MONTHS = 12


class FloorKind(StrEnum):
    """How a quality floor is stated."""

    NONE = "none"
    ABSOLUTE = "absolute"
    RELATIVE = "relative"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Requests, in the first projected month and from there on.

    `growth_per_month` is a share (0.05 is 5 %), `growth_sd` its standard deviation.
    Shapes are relative weights: 24 UTC hours, seven weekdays from Monday.
    """

    requests_per_month: int
    growth_per_month: Decimal = Decimal(0)
    growth_sd: Decimal = Decimal(0)
    daily_shape: tuple[float, ...] | None = None
    weekly_shape: tuple[float, ...] | None = None
    peak_requests_per_second: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Tokens per request by the reference tokenizer; output is what is visible."""

    input_mean: int
    input_p95: int
    output_mean: int
    output_p95: int
    cacheable_prefix_share: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Service-level limits in milliseconds at the 95th percentile; None is no limit.

    `error_rate` is the largest share of requests that may fail.
    """

    ttft_ms_p95: float | None = None
    itl_ms_p95: float | None = None
    request_ms_p95: float | None = None
    error_rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The least quality: a share of right answers, or of a reference model's quality.

    `reference` is a model's slug, empty for the best that passes the hard constraints.
    """

    kind: FloorKind = FloorKind.NONE
    value: float = 0.0
    reference: str = ""
    confidence: float = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What an option must be, whatever it costs."""

    residency: frozenset[str] = frozenset()
    zero_retention: bool = False
    no_training: bool = False
    open_weights: bool = False
    providers_allowed: frozenset[str] = frozenset()
    providers_denied: frozenset[str] = frozenset()
    capabilities: frozenset[str] = frozenset()
    context_tokens: int | None = None
    max_total_parameters_b: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageKey:
    """One stage of a way to run models, by names that last; see `ways.Stage`."""

    offering: str
    service_tier: str
    samples: int
    accept: int | None
    multiple: float
    calls: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionKey:
    """Names an option across moments: an offering's id and a service tier.

    `way` is how it is run and `stages` are that way's, the first of them at the
    offering itself; a single call states none.
    """

    offering: str
    service_tier: str
    way: str = "single"
    stages: tuple[StageKey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything a decision depends on besides the catalogue."""

    task_family: str
    traffic: Traffic
    tokens: Tokens
    as_of: datetime
    batch_share: Decimal = Decimal(0)
    limits: Limits = field(default_factory=Limits)
    floor: Floor = field(default_factory=Floor)
    constraints: Constraints = field(default_factory=Constraints)
    monthly_budget_usd: Decimal | None = None
    current: OptionKey | None = None
    previous_pick: OptionKey | None = None
    migration_cost_usd: Decimal | None = None
    minimum_saving_usd: Decimal = Decimal(0)
