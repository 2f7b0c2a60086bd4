"""The sentences of an edition; names stand as they were given, templates escape."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from advisor.reports.writing.formats import Formats
from advisor.reports.writing.phrases import (
    DISMISSALS,
    LATENCY_BASES,
    METERS,
    QUALITY_BASES,
    RISKS,
    STATES,
    SURER,
    listed,
    reason_words,
)

Json = dict[str, Any]


class Wording(Formats):
    """Says each thing of a report in one sentence or less."""

    def option(self, option: Json) -> str:
        """Return provider and listing, an unusual tier, and how it is run."""
        name = f"{option['provider']}/{option['name']}"
        tier = option.get("service_tier", "standard")
        told = name if tier == "standard" else f"{name} ({tier})"
        return told + str(option.get("how", ""))

    def title(self, action: Json) -> str:
        """Return what to do."""
        name = action["workload"]["name"]
        to = action["to"] and self.option(action["to"])
        if action["kind"] == "retirement":
            return f"Replace {self.option(action['from'])} for {name}"
        if to is None:
            return f"Relax a limit of {name}"
        return (
            f"Choose {to} for {name}"
            if action["from"] is None
            else f"Move {name} to {to}"
        )

    def why(self, action: Json) -> str:
        """Return why to do it, as a sentence."""
        return {
            "retirement": self._why_replace,
            "floor_not_met": self._why_move,
            "limit_crossed": self._why_move,
            "nothing_fits": self._why_relax,
            "saving": self._why_save,
            "choose": self._why_choose,
        }[action["kind"]](action)

    def _why_replace(self, action: Json) -> str:
        to = action["to"]
        instead = (
            f" {self.option(to)} would do." if to else " No advice for it is open."
        )
        if to == action["from"]:
            instead = " Nothing better is known yet."
        return f"It retires on {self.day(action['retires_on'])}.{instead}"

    def _why_move(self, action: Json) -> str:
        reasons = [reason_words(each["code"]) for each in action["reasons"]]
        against = listed(reasons) or "it does not meet what you ask"
        return f"Against {self.option(action['from'])} in use: {against}."

    def _why_relax(self, action: Json) -> str:
        way_out = action["way_out"]
        if way_out is None:
            return "No option meets all its limits."
        codes = listed([reason_words(code) for code in way_out["codes"]])
        return (
            "No option meets all its limits. The cheapest way out is"
            f" {self.option(way_out)}, if this is accepted: {codes}."
        )

    def _why_save(self, action: Json) -> str:
        return f"It would do the work of {self.option(action['from'])} for less."

    def _why_choose(self, action: Json) -> str:
        return "No option in use is stated, so nothing is compared."

    def money_line(self, action: Json) -> str:
        """Return what an action is worth a month."""
        if action["money_monthly"] is None:
            return "Money unknown"
        amount = Decimal(action["money_monthly"])
        if amount < 0:
            return f"Costs {self.money(-amount)} a month more"
        return f"Saves {self.money(amount)} a month" if amount else "Costs the same"

    def risk_line(self, action: Json) -> str:
        """Return how risky and how laborious an action is, as far as is known."""
        risk, effort = action["risk"], action["effort"]
        parts = [] if risk is None else [f"risk {RISKS[risk]} ({risk} of 4)"]
        parts += [] if effort is None else [f"effort {effort}"]
        words = ", ".join(parts)
        return f"{words[0].upper()}{words[1:]}" if words else "Risk unknown"

    def names(self, names: list[str]) -> str:
        """Return some names; many are counted."""
        return listed(names)

    def interval(self, bounds: Json) -> str:
        """Return the bounds of a projection."""
        return f"{self.money(bounds['low'])} to {self.money(bounds['high'])}"

    def decision(self, decision: Json) -> str:
        """Return what somebody decided."""
        state = STATES[decision["state"]]
        reason = DISMISSALS.get(decision["reason"], "")
        said = f"{state} {reason}".strip()
        return (
            f"Advice for {decision['workload']['name']} {said} on"
            f" {self.day(decision['at'])}."
        )

    def advice_head(self, change: Json) -> str:
        """Return what came of a workload's advice this week."""
        pick = change["pick"]
        now = "nothing fits" if pick is None else self.option(pick)
        if change["first"]:
            return f"{change['workload']['name']}: first advice, {now}."
        amount = change["change"]
        if amount is None or not Decimal(amount):
            return f"{change['workload']['name']}: {now}."
        verb = "more" if Decimal(amount) > 0 else "less"
        return (
            f"{change['workload']['name']}: {now},"
            f" {self.money(abs(Decimal(amount)))} {verb} in twelve months."
        )

    def price(self, change: Json) -> str:
        """Return how a list price changed, or will."""
        name, since = self.option(change["option"]), self.day(change["effective_from"])
        if change["meter"] == "withdrawn":
            return f"{name} is no longer listed from {since} on."
        currency = change["currency"]
        by = (
            ""
            if change["percent"] is None
            else f", {self.signed_percent(change['percent'])}"
        )
        return (
            f"{name}: {METERS[change['meter']]} from"
            f" {self.rate(change['before'], currency)} to"
            f" {self.rate(change['after'], currency)} per million tokens{by}, from"
            f" {since} on."
        )

    def retirement(self, entry: Json) -> str:
        """Return when an option retires, and whom it concerns."""
        return (
            f"{self.option(entry['option'])} retires on {self.day(entry['on'])}"
            f" ({listed(entry['workloads'])})."
        )

    def time(self, milliseconds: float | None) -> str:
        """Return a time as measured."""
        return "unknown" if milliseconds is None else self.milliseconds(milliseconds)

    def tail(self, milliseconds: float | None) -> str:
        """Return a 95th percentile; too few requests carry none."""
        if milliseconds is None:
            return "too few for a p95"
        return f"p95 {self.milliseconds(milliseconds)}"

    def errors(self, errors: Json) -> str:
        """Return the share of failed requests."""
        return "unknown" if errors["share"] is None else self.share(errors["share"])

    def error_bounds(self, errors: Json) -> str:
        """Return the 95 % interval of the share of failed requests."""
        if errors["share"] is None:
            return ""
        return f"{self.share(errors['low'])} to {self.share(errors['high'])}"

    def provisional(self, sure: Json) -> str:
        """Return for how many workloads advice is provisional."""
        count, of = sure["provisional"], sure["workloads"]
        if count == of:
            return (
                "All advice is provisional" if of > 1 else "The advice is provisional"
            )
        verb = "is" if count == 1 else "are"
        return f"The advice for {count} of {of} workloads {verb} provisional"

    def bands(self, shares: list[Json]) -> str:
        """Return shares by size band, those above zero."""
        parts = [
            f"{each['band']} {self.share(float(each['share']))}"
            for each in shares
            if each["share"]
        ]
        return ", ".join(parts) or "unknown"

    def quality_bases(self, counted: Mapping[str, int]) -> str:
        """Return what quality rests on, and for how many workloads."""
        return self._bases(counted, QUALITY_BASES)

    def latency_bases(self, counted: Mapping[str, int]) -> str:
        """Return what latency rests on, and for how many workloads."""
        return self._bases(counted, LATENCY_BASES)

    def _bases(self, counted: Mapping[str, int], words: Mapping[str, str]) -> str:
        return ", ".join(
            f"{words.get(basis, basis)} for {self.number(count)}"
            f" workload{'' if count == 1 else 's'}"
            for basis, count in counted.items()
        )

    def surer(self, missing: Json) -> str:
        """Return what would make advice surer, and for which workloads."""
        all_of_many = missing["all"] and len(missing["workloads"]) > 1
        whose = "all workloads" if all_of_many else listed(missing["workloads"])
        return f"{SURER[missing['code']]} ({whose})."
