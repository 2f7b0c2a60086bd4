"""What the API shows of an offering's performance.

Times are in milliseconds; null is unknown or withheld.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from benchmarks.harness.goodput import Withheld
from benchmarks.harness.load import Profile
from benchmarks.harness.metrics import LATENCIES, TOKEN_COUNTS, Verdict
from benchmarks.harness.samples import ErrorKind
from benchmarks.models import Basis, PlanTokenClass
from benchmarks.performance import Figures, NoParallelCalls
from benchmarks.serializers.performance_query import LIMITED
from catalog.serializers import OfferingReferenceSerializer

# A figure is stored as four bytes, which hold seven digits.
DIGITS = 6


class FigureField(serializers.FloatField):
    """A measured figure, to as many digits as were kept; null is unknown."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_null": True, **options})

    def to_representation(self, value: Any) -> Any:
        """Show six digits."""
        return float(f"{value:.{DIGITS}g}")


class MeasuredShareReply(serializers.Serializer):
    count = serializers.IntegerField()
    n = serializers.IntegerField()
    share = FigureField()
    low = FigureField(help_text="Of the two-sided 95 % Wilson interval.")
    high = FigureField()


class KindOfErrorReply(MeasuredShareReply):
    kind = serializers.ChoiceField(choices=[kind.value for kind in ErrorKind])


class PercentileReply(serializers.Serializer):
    value = FigureField(help_text="Null while there are too few requests to carry it.")
    upper = FigureField(help_text="Of the one-sided 95 % interval.")
    needed = serializers.IntegerField(
        source="needs", help_text="How many more requests carry it with its bound."
    )


class PercentilesReply(serializers.Serializer):
    n = serializers.IntegerField(help_text="Requests in which the figure is known.")
    p50 = PercentileReply()
    p90 = PercentileReply()
    p95 = PercentileReply()
    p99 = PercentileReply()


class LatenciesReply(serializers.Serializer):
    """Of requests that did not fail, waits for 429s taken out."""

    def get_fields(self) -> dict[str, Any]:
        """Show each latency under its own name."""
        return {name: PercentilesReply() for name in LATENCIES}


class TokensReply(serializers.Serializer):
    """Means per request."""

    def get_fields(self) -> dict[str, Any]:
        """Show each count under its own name."""
        return {name: FigureField() for name in TOKEN_COUNTS}


class ThrottledReply(MeasuredShareReply):
    mean_ms = FigureField(help_text="Mean wait of those that had to.")


class ThroughputReply(serializers.Serializer):
    requests_per_second = FigureField()
    output_tokens_per_second = FigureField()


class FiguresReply(serializers.Serializer):
    runs = serializers.IntegerField()
    requests = serializers.IntegerField(source="metrics.requests")
    cut_off = serializers.IntegerField(
        help_text="Requests cut off by the end of a run; in no other figure."
    )
    first_finished_at = serializers.DateTimeField()
    last_finished_at = serializers.DateTimeField()
    latency = LatenciesReply(source="metrics.latencies")
    throughput = ThroughputReply(
        help_text="Answered per second of measurement, under this arrival of requests."
    )
    errors = MeasuredShareReply(source="metrics.errors")  # type: ignore[assignment]
    errors_by_kind = serializers.SerializerMethodField()
    length_mismatches = serializers.IntegerField(
        source="metrics.length_mismatches",
        help_text="Answers of another length than asked for; no errors.",
    )
    throttled = serializers.SerializerMethodField()
    tokens = TokensReply(source="metrics.tokens")
    served_models = serializers.DictField(
        child=serializers.IntegerField(),
        source="metrics.served_models",
        help_text="Requests by the model that answered, as it named itself.",
    )

    @extend_schema_field(KindOfErrorReply(many=True))
    def get_errors_by_kind(self, figures: Figures) -> Any:
        """Show the share of each kind that occurred."""
        return [
            {"kind": kind, **MeasuredShareReply(share).data}
            for kind, share in figures.errors_by_kind.items()
        ]

    @extend_schema_field(ThrottledReply)
    def get_throttled(self, figures: Figures) -> Any:
        """Show how many requests a 429 made wait, and how long."""
        found = figures.metrics
        mean_ms = found.throttled_mean_ms
        return {
            **MeasuredShareReply(found.throttled).data,
            "mean_ms": mean_ms and FigureField().to_representation(mean_ms),
        }


class ArrivalReply(serializers.Serializer):
    profile = serializers.ChoiceField(choices=[each.value for each in Profile])
    concurrency = serializers.IntegerField(allow_null=True)
    requests_per_second = FigureField()


class WorkloadLengthsReply(serializers.Serializer):
    id = serializers.UUIDField()
    revision = serializers.IntegerField()


class LengthsReply(serializers.Serializer):
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()


class GoodputReply(serializers.Serializer):
    good = MeasuredShareReply(
        allow_null=True, help_text="Requests that met every limit, waits included."
    )
    failed = serializers.IntegerField()
    late = serializers.IntegerField()
    unknown = serializers.IntegerField(help_text="Answered in an unknown time.")
    cut_off = serializers.IntegerField()
    withheld = serializers.ChoiceField(
        choices=[why.value for why in Withheld], allow_null=True
    )


class LimitReply(serializers.Serializer):
    figure = serializers.ChoiceField(choices=LIMITED)
    limit = FigureField(source="limit_ms", allow_null=False)
    unit = serializers.SerializerMethodField()
    percentile = serializers.SerializerMethodField()
    tested = PercentileReply()
    verdict = serializers.ChoiceField(
        choices=[each.value for each in Verdict],
        help_text="`met` if the bound keeps to the limit, `missed` if the percentile"
        " itself does not, else `unproven`. Errors count in `goodput`, not here.",
    )

    def get_unit(self, _: Any) -> str:
        """Name the unit of the limit."""
        return "ms"

    def get_percentile(self, _: Any) -> int:
        """Name the percentile that is tested: the one that workloads state."""
        return 95


class ParallelReply(serializers.Serializer):
    calls = serializers.IntegerField()
    request_ms = PercentilesReply(
        allow_null=True, help_text="Of the slowest; n counts groups that share none."
    )
    withheld = serializers.ChoiceField(
        choices=[why.value for why in NoParallelCalls], allow_null=True
    )


class DayReply(serializers.Serializer):
    date = serializers.DateField(help_text="In UTC.")
    runs = serializers.IntegerField()
    requests = serializers.IntegerField()
    ttft_ms_p50 = FigureField()
    tpot_ms_p50 = FigureField()
    request_ms_p50 = FigureField()
    errors = MeasuredShareReply()  # type: ignore[assignment]


class EndpointReply(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()


class OfEndpointReply(serializers.Serializer):
    endpoint = EndpointReply()
    figures = FiguresReply()


class GroupReply(serializers.Serializer):
    """What was measured under one condition."""

    service_tier = serializers.CharField(source="condition.service_tier")
    token_class = serializers.ChoiceField(
        choices=PlanTokenClass.choices, source="condition.token_class"
    )
    workload = WorkloadLengthsReply(
        source="condition.workload",
        allow_null=True,
        help_text="Whose lengths were asked for, in the token class `workload`.",
    )
    lengths = LengthsReply(
        source="condition.lengths",
        allow_null=True,
        help_text="Those that another tool asked for, where they are of no class.",
    )
    basis = serializers.ChoiceField(choices=Basis.choices, source="condition.basis")
    arrival = ArrivalReply(
        source="condition.arrival",
        allow_null=True,
        help_text="How requests arrived; null if another tool measured and none said.",
    )
    figures = FiguresReply()
    goodput = GoodputReply(allow_null=True, help_text="Null without limits.")
    limits = LimitReply(source="verdicts", many=True)
    parallel = ParallelReply(many=True)
    by_day = DayReply(many=True, help_text="Days without runs are left out.")
    by_endpoint = OfEndpointReply(many=True, help_text="Empty if there is but one.")


class LeftOutReply(serializers.Serializer):
    runs = serializers.IntegerField()
    by_reason = serializers.DictField(child=serializers.IntegerField())


class PerformanceReply(serializers.Serializer):
    """How an offering performed, as far as was known at a moment."""

    offering = OfferingReferenceSerializer()
    since = serializers.DateTimeField(help_text="Runs that ended later than this,")
    as_of = serializers.DateTimeField(help_text="and no later than this.")
    groups = GroupReply(
        many=True, help_text="One for each condition; empty if nothing was measured."
    )
    left_out = LeftOutReply(help_text="Closed runs that no figure rests on.")
