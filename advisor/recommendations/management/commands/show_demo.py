"""`manage.py show_demo`: what the demo workloads are advised, as tables."""

import os
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import User
from accounts.sign_in_links import token_for
from advisor.recommendations import demo, selectors
from advisor.recommendations.management.commands.seed_demo import read_credentials
from benchmarks.headlines import headline
from benchmarks.models import Endpoint
from catalog.models import Price
from workloads.models import Workload

Json = dict[str, Any]

CLAIM = "two orders of magnitude cheaper, half the latency"
LADDER = "  {:<12} {:<44} {:>10} {:>14} {:>9} {:>9} {:>9}  {}"


class Command(BaseCommand):
    """Print each workload's pick and size ladder, then how to ask for more."""

    help = "Show the demo workloads' recommendations and how to use the API."

    def handle(self, **options: Any) -> None:
        """Print to standard output."""
        workloads = Workload.objects.filter(
            organization__slug=demo.SLUG, archived_at=None
        )
        shown = list(workloads.order_by("created_at", "pk"))
        for workload in shown:
            self._workload(workload)
        for endpoint in Endpoint.objects.filter(organization__slug=demo.SLUG):
            self.stdout.write(f"\n{_measured(endpoint)}")
        if shown:
            self._access(shown[0])

    def _workload(self, workload: Workload) -> None:
        advice = selectors.standing(workload).first()
        if advice is None:
            return
        answer: Json = advice.answer
        write = self.stdout.write
        title = f"{workload.name}: {_finding(answer)}"
        write(f"\n{title}\n{'=' * len(title)}")
        write(_pick(answer))
        write(
            LADDER.format(
                "size",
                "cheapest that meets every limit",
                "params",
                "12 months USD",
                "multiple",
                "quality",
                "ms/token",
                "",
            )
        )
        for rung in answer["size_ladder"]:
            write(_rung(rung))
        write(f"  {_small_against_large(answer['size_ladder'])}")
        rejected = answer["rejected"]
        by_count = sorted(rejected["by_reason"].items(), key=lambda item: -item[1])
        reasons = by_count[:4]
        listed = ", ".join(f"{code} {count}" for code, count in reasons)
        write(f"  {rejected['count']} options refused: {listed}.")

    def _access(self, workload: Workload) -> None:
        key = read_credentials()
        port = os.environ.get("PORT", "8000")
        base = f"http://127.0.0.1:{port}"
        sheets = Price.objects.count()
        person = User.objects.filter(email=demo.ADMIN_EMAIL).first()
        token = token_for(person, at=timezone.now()) if person else ""
        self.stdout.write(
            f"\nPrices held: {sheets}. Sign in to the admin as {demo.ADMIN_EMAIL}"
            f" with {key.get('password', '(unknown)')}\n"
            f"  Pages     {base}/sign-in/link/{token}/\n"
            f"  Report    {base}/reports/now/ (what it would tell by now)\n"
            f"  API page  {base}/api/v1/docs/\n"
            f"  Admin     {base}/admin/\n"
            f"  Health    {base}/readyz\n"
            f"  API key   {key.get('api_key', '(unknown)')}\n\n"
            "Ask again, as the API does:\n"
            f"  curl -s -X POST {base}/api/v1/workloads/{workload.pk}"
            "/recommendations/ \\\n"
            f"    -H 'Authorization: Bearer {key.get('api_key', '')}' \\\n"
            "    -H 'Content-Type: application/json' -d '{}'\n"
        )


def _measured(endpoint: Endpoint) -> str:
    """One line about an endpoint: what its newest run that feeds advice measured."""
    name = f"{endpoint.wire_model} at {endpoint.base_url}"
    runs = endpoint.runs.filter(feeds_advice=True)
    newest = runs.order_by("-finished_at").first()
    if newest is None:
        return f"Being measured: {name}; the first run ends in a minute or two."
    return f"Measured: {name}: {headline(newest)} (the newest of {runs.count()} runs)."


def _finding(answer: Json) -> str:
    return str(answer["finding"] or "no option in use").replace("_", " ")


def _pick(answer: Json) -> str:
    if answer["recommended"] is None:
        return "  Nothing fits. " + _way_out(answer["relaxation"])
    best = answer["options"][0]
    stage = best["strategy"]["stages"][0]
    spend = best["projected_spend"]["twelve_months"]
    text = (
        f"  Recommended: {_name(stage['offering'])}, {stage['service_tier']} tier,"
        f" {spend['expected']} USD in twelve months"
        f" ({spend['low']} to {spend['high']})"
    )
    if answer["provisional"]:
        text += ", provisional: quality as published"
    saving = best["savings_to_current"]
    if saving is not None:
        text += f"\n  Saves {saving['amount']} USD ({saving['percent']} %)"
        text += f" against {_today(answer)}"
    return text + _surer(answer) + "\n"


def _surer(answer: Json) -> str:
    """Name the cheapest option that meets the floor at the confidence asked."""
    floor, rank = answer["quality_floor"], answer["meets_floor_at_confidence"]
    if floor is None:
        return ""
    confidence = f"{floor['confidence']:.0%}"
    if rank is None:
        return f"\n  None is {confidence} sure to meet the quality floor."
    option = next(each for each in answer["options"] if each["rank"] == rank)
    spend = option["projected_spend"]["twelve_months"]["expected"]
    name = _name(option["strategy"]["stages"][0]["offering"])
    return (
        f"\n  At {confidence} sure of the floor ({floor['value']:.0%} of"
        f" {floor['reference_model']}): {name}, {spend} USD"
    )


def _way_out(relaxation: Json | None) -> str:
    if relaxation is None:
        return "No limit that could be relaxed lets an option in.\n"
    codes = ", ".join(reason["code"] for reason in relaxation["relax"])
    return f"Cheapest way out: {_name(relaxation['offering'])}, against {codes}.\n"


def _today(answer: Json) -> str:
    current = next(option for option in answer["options"] if option["current"])
    return _name(current["strategy"]["stages"][0]["offering"])


def _name(offering: Json) -> str:
    return f"{offering['provider']}/{offering['name']}"


def _shortened(name: str, width: int = 44) -> str:
    return name if len(name) <= width else f"…{name[1 - width :]}"


def _rung(rung: Json) -> str:
    option = rung["option"]
    if option is None:
        return LADDER.format(rung["band"], "none in the catalogue", *[""] * 6)
    size = option["model_size"]["total_parameters_b"]
    spend = option["twelve_months"]
    quality = option["quality"]["estimate"]
    reasons = ", ".join(reason["code"] for reason in rung["reasons"])
    return LADDER.format(
        rung["band"],
        _shortened(_name(option["offering"])),
        f"{size} B" if size else "unknown",
        spend["expected"] if spend else "unpriced",
        f"{rung['cost_multiple']}x" if rung["cost_multiple"] else "",
        f"{quality:.2f}" if quality is not None else "unknown",
        f"{option['latency']['itl_ms_p95']:.0f}",
        f"refused: {reasons}" if reasons else "",
    ).rstrip()


def _small_against_large(ladder: list[Json]) -> str:
    """One line beside the claim: what these prices and sizes come to."""
    small, large = (
        rung["option"] if rung["feasible"] else None for rung in (ladder[0], ladder[2])
    )
    if small is None or large is None:
        size = "large" if large is None else "small"
        return (
            f"Small against large: no {size} model meets every limit here; the claim"
            f" was {CLAIM}."
        )
    costs = [Decimal(each["twelve_months"]["expected"]) for each in (small, large)]
    if not costs[0]:
        return f"Small against large: the small one is free; the claim was {CLAIM}."
    faster = large["latency"]["itl_ms_p95"] / small["latency"]["itl_ms_p95"]
    bases = sorted({each["latency"]["basis"] for each in (small, large)})
    return (
        f"Small against large here: {costs[1] / costs[0]:.1f}x cheaper and"
        f" {faster:.1f}x faster per token ({', '.join(bases)}); the claim was {CLAIM}."
    )
