"""Certificates must be the host's, from an authority that is trusted."""

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
