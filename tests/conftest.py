"""What every test may use: caches of its own, a real worker, no network."""

import ipaddress
import itertools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test.utils import override_settings

from tests import chromium
from tests.simulated import endpoint, simulator  # noqa: F401  # fixtures for all

PROJECT = Path(__file__).resolve().parent.parent
LOCAL_NAMES = {"localhost", "", None}
CACHE_PREFIXES = itertools.count()
LEFT_OUT = pytest.StashKey[int]()


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out what needs a browser, where there is none and none is required."""
    if chromium.is_required() or chromium.path_of_chromium():
        return
    left_out = [item for item in items if item.get_closest_marker("browser")]
    if not left_out:
        return
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
    config.stash[LEFT_OUT] = len(left_out)
    # Under xdist this is one of several processes, and each collects everything.
    getattr(config, "workeroutput", {})["left_out"] = len(left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Learn from a process of xdist what it left out."""
    left_out = getattr(node, "workeroutput", {}).get("left_out")
    if left_out:
        node.config.stash[LEFT_OUT] = left_out


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say what was left out, below the closing line."""
    left_out = config.stash.get(LEFT_OUT, 0)
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if left_out and reporter and not hasattr(config, "workerinput"):
        reporter.write_line(chromium.sentence(left_out))


def _is_local(address: Any) -> bool:
    """Return whether a socket address stays on this machine."""
    if not isinstance(address, tuple):
        return True  # a Unix socket's path
    host = address[0]
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def only_local_sockets() -> Iterator[None]:
    """Refuse any connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if not _is_local(address):
            raise RuntimeError(f"a test tried to reach {address!r}")
        return connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


@pytest.fixture(autouse=True, scope="session")
def cheap_password_hashes() -> Iterator[None]:
    """Hash passwords fast: the real hash is slow on purpose."""
    fast = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=fast):
        yield


def redis_url_of(process: str, url: str) -> str:
    """Return the URL of a test process's own database number on the server.

    pytest-xdist names its processes gw0, gw1 …; "" is a run without it.
    """
    if not process:
        return url
    parts = urlsplit(url)
    number = int(parts.path.strip("/") or 0) + 1 + int(process.removeprefix("gw"))
    return parts._replace(path=f"/{number}").geturl()


@pytest.fixture(autouse=True, scope="session")
def own_valkey_database() -> Iterator[str]:
    """Point cache and broker at this test process's own database number."""
    from advisor.celery import app

    process = os.environ.get("PYTEST_XDIST_WORKER", "")
    url = redis_url_of(process, settings.REDIS_URL)
    own = {**settings.CACHES, "default": {**settings.CACHES["default"]}}
    own["default"]["LOCATION"] = url
    with override_settings(REDIS_URL=url, CELERY_BROKER_URL=url, CACHES=own):
        app.conf.broker_url = url
        yield url


@pytest.fixture(autouse=True)
def own_cache_keys(own_valkey_database: str) -> None:
    """Give each test a cache that starts empty, without a trip to the server."""
    prefix = f"test-{os.getpid()}-{next(CACHE_PREFIXES)}"
    caches.settings["default"]["KEY_PREFIX"] = prefix
    caches["default"].key_prefix = prefix


@pytest.fixture(scope="session")
def celery_worker_process(
    django_db_setup: None,
    own_valkey_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run one real worker on this test process's database and broker.

    Starting one takes seconds, so there is one per test process, not per test.
    """
    log = tmp_path_factory.mktemp("worker") / "log"
    database_url = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    environment = {
        **os.environ,
        "DATABASE_URL": database_url._replace(path=f"/{name}").geturl(),
        "REDIS_URL": own_valkey_database,
        # The simulated endpoints that it measures are on this machine.
        "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    command = [sys.executable, "-m", "celery", "-A", "advisor", "worker", "--purge"]
    command += ["--concurrency", "1", "--loglevel", "INFO", "--without-mingle"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=output, stderr=output
        )
    try:
        _wait_until_ready(process, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while " ready." not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"the Celery worker did not start:\n{log.read_text()}")
        time.sleep(0.1)


@pytest.fixture
def celery_worker(
    transactional_db: None, celery_worker_process: subprocess.Popen[bytes]
) -> subprocess.Popen[bytes]:
    """Let a test enqueue tasks for real; mark such tests `worker`.

    What the test writes is committed, so the worker sees it; the test waits for
    the rows that the task changes.
    """
    return celery_worker_process
