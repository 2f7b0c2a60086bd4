"""How a provider of the simulator behaves; all of it can be changed while it runs."""

import msgspec

from benchmarks.simulator.knowing import Known


class Behaviour(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Times in milliseconds; `slowness` multiplies them all.

    A request whose model is named as a fault gets that fault. Else `fault` befalls the
    first `fault_first` requests, or those from number `fault_after` on, if one is set;
    else an even `fault_share` of all.
    """

    ttft_ms: float = 20.0
    prefill_ms_per_ktok: float = 0.0  # added to TTFT for prompt tokens not in the cache
    itl_ms: float = 2.0
    tokens_per_chunk: int = 1
    output_tokens: int | None = None  # None: as many as are asked for
    reasoning_tokens: int = 0  # the first of the output tokens
    reasoning_shown: bool = True
    slowness: float = 1.0
    served_model: str = ""  # "": the one that was asked for
    service_tier: str = "default"
    fault: str = ""
    fault_first: int | None = None
    fault_share: float = 1.0
    retry_after: str | None = None  # a header of every 429
    requests_per_s: float | None = None  # more than that are answered with 429
    fault_after: int | None = None  # the fault befalls all requests from that number on
    known: tuple[Known, ...] = ()  # what is answered in words, the first that fits

    def has_fault(self, number: int) -> bool:
        """Return whether the request of that number, from 0, is to have the fault."""
        if not self.fault:
            return False
        if self.fault_after is not None:
            return number >= self.fault_after
        if self.fault_first is not None:
            return number < self.fault_first
        return int((number + 1) * self.fault_share) > int(number * self.fault_share)


def changed(behaviour: Behaviour, fields: dict[str, object]) -> Behaviour:
    """Return a behaviour with some fields changed; raise `msgspec.ValidationError`."""
    return msgspec.convert({**msgspec.to_builtins(behaviour), **fields}, Behaviour)
