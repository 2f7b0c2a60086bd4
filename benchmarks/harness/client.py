"""Asks an endpoint and measures how it answers."""

from time import monotonic

from benchmarks.harness.calling import Caller
from benchmarks.harness.failures import Miss
from benchmarks.harness.load import Lengths
from benchmarks.harness.samples import ErrorKind, Sample
from benchmarks.harness.target import Target

LENGTH_TOLERANCE = 0.1


class Client:
    """Sends requests to one target; as many at a time as the caller likes."""

    def __init__(self, target: Target) -> None:
        """Raise `ValueError` when the protocol is unknown or a header unsendable."""
        self._caller = Caller(target)

    async def request(
        self,
        *,
        prompt: str,
        lengths: Lengths,
        intended: float,
        origin: float,
        phase: int = 0,
    ) -> Sample:
        """Ask once and return what was measured, whatever happened.

        `intended` and `origin`, the start of the run, are moments of `loop.time()`,
        which is the monotonic clock. Raises nothing but `CancelledError`.
        """
        started = monotonic()
        # A timer may fire a little early; then the request began when it began.
        begun = min(intended, started)
        sample = Sample(
            intended_s=intended - origin,
            phase=phase,
            late_ms=(started - begun) * 1e3,
            asked_input_tokens=lengths.input_tokens,
            asked_output_tokens=lengths.output_tokens,
        )
        missed = None
        try:
            await self._ask(prompt, begun, started, sample)
        except Miss as miss:
            missed = miss
        return self._caller.presented(sample, missed)

    async def close(self) -> None:
        """Give up nothing but memory: every request has a connection of its own."""
        await self._caller.close()

    async def _ask(self, prompt: str, begun: float, started: float, to: Sample) -> None:
        """Ask until the answer is no longer 429; fill in the sample or raise `Miss`."""
        caller = self._caller
        tokens = int(to.asked_output_tokens)
        body = caller.protocol.body(caller.target.model, prompt, tokens)
        stream = await caller.call(body, to, begun=begun, started=started)
        if miss := stream.failure():
            raise miss
        to.request_ms = stream.took_ms
        check_length(to)


def check_length(sample: Sample) -> None:
    """Mark an answer whose length is more than a tenth off; its figures stay."""
    asked, got = sample.asked_output_tokens, sample.output_tokens
    if abs(got - asked) > LENGTH_TOLERANCE * asked:
        sample.error = ErrorKind.LENGTH_MISMATCH
        sample.error_detail = (
            f"{got:.0f} output tokens came, {asked:.0f} were asked for"
        )
