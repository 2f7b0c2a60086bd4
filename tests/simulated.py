"""A simulated endpoint for any test: `endpoint` is a provider of the test's own."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

import pytest

from benchmarks.harness.target import Outbound, Patience, Target
from benchmarks.simulator.remote import Simulator, started

LOOPBACK = Outbound(allowed_networks=(ip_network("127.0.0.0/8"),))
NUMBERS = itertools.count()


@dataclass(frozen=True)
class SimulatedEndpoint:
    """One provider of the simulator, as quick as it can be told to be."""

    simulator: Simulator
    provider: str = field(default_factory=lambda: f"p{os.getpid()}-{next(NUMBERS)}")

    @property
    def base_url(self) -> str:
        return self.simulator.base_url(self.provider)

    def behave(self, **fields: object) -> None:
        """Change fields of `benchmarks.simulator.behaviour.Behaviour`."""
        self.simulator.behave(self.provider, **fields)

    def records(self) -> list[dict[str, Any]]:
        return self.simulator.records(self.provider)

    def target(self, model: str = "model", **fields: Any) -> Target:
        """A target that speaks to it; a fault's name as the model is that fault."""
        return Target(
            base_url=self.base_url,
            model=model,
            **{
                "protocol": "openai_chat",
                "outbound": LOOPBACK,
                "patience": Patience(connect_s=5, first_byte_s=5, stall_s=5),
                **fields,
            },
        )


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """The simulator in a process of its own, so that workers can reach it too."""
    with started() as simulator:
        yield simulator


@pytest.fixture
def endpoint(simulator: Simulator) -> SimulatedEndpoint:
    """A provider that no other test speaks to."""
    return SimulatedEndpoint(simulator)
