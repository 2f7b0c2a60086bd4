"""Certificates must be the host's, from an authority that is trusted."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import trustme

from benchmarks.harness.samples import ErrorKind
from benchmarks.simulator.remote import Simulator, started
from tests.benchmarks.harness.asking import ask
from tests.simulated import SimulatedEndpoint

AUTHORITY = trustme.CA()


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A simulator whose certificate is for localhost and nobody else."""
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    AUTHORITY.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(file)
    with started(["--certificate", str(file)]) as simulator:
        yield simulator


@pytest.fixture
def target(secure, tmp_path, monkeypatch):
    """A target on localhost; the authority is one of the system's."""
    trusted = tmp_path / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(trusted)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    port = secure.url.rpartition(":")[2]
    return replace(
        SimulatedEndpoint(secure).target(), base_url=f"https://localhost:{port}/t/v1"
    )


def test_a_certificate_for_the_host_is_accepted(target):
    sample = ask(target)

    assert sample.error is None
    assert sample.connect_ms > 0


def test_a_certificate_for_another_name_is_not(target):
    sample = ask(
        replace(target, base_url=target.base_url.replace("localhost", "127.0.0.1"))
    )

    assert sample.error is ErrorKind.TLS
    assert "127.0.0.1" in sample.error_detail


def test_an_authority_that_is_not_trusted_is_not(target, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")

    assert ask(target).error is ErrorKind.TLS


def test_a_server_that_hangs_up_on_tls_is_a_failed_connection(simulator, target):
    port = simulator.url.rpartition(":")[2]

    sample = ask(replace(target, base_url=f"https://localhost:{port}/v1"))

    assert sample.error is ErrorKind.CONNECT


def slowly_accepting(port, delay_s):
    """Return a port before `port` that lets no byte through for a while."""
    listener = socket.create_server(("127.0.0.1", 0))

    def relay():
        with listener, listener.accept()[0] as client:
            time.sleep(delay_s)
            with socket.create_connection(("127.0.0.1", port)) as server:
                ends = [
                    threading.Thread(target=pipe, args=each, daemon=True)
                    for each in ((client, server), (server, client))
                ]
                for end in ends:
                    end.start()
                for end in ends:
                    end.join(5)

    threading.Thread(target=relay, daemon=True).start()
    return listener.getsockname()[1]


def pipe(source, sink):
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


def test_opening_a_connection_is_no_time_of_the_models(target):
    port = int(target.base_url.split(":")[2].partition("/")[0])
    slow = slowly_accepting(port, delay_s=0.4)

    sample = ask(replace(target, base_url=f"https://localhost:{slow}/t/v1"))

    # The handshake waits for 400 ms; the answer then begins after 20.
    assert sample.error is None
    assert sample.connect_ms >= 400
    assert 20 <= sample.ttft_ms < 300
    assert sample.request_ms < 400
