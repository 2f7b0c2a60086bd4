"""A real Chromium on the pages: started once, with a fresh context for each test."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.db import connections
from playwright.sync_api import sync_playwright

from tests.browser.viewing import DESK
from tests.chromium import HOW, path_of_chromium
from tests.factories.accounts import MembershipFactory

PROJECT = Path(__file__).resolve().parent.parent.parent
GRAVE = {"serious", "critical"}
PATIENCE_MS = 10_000


def pytest_collection_modifyitems(items):
    """Mark every test here, however it is written."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory, live_server):
    """Start the browser; return the address by which it is driven."""
    program = path_of_chromium()
    if program is None:
        pytest.fail(f"There is no Chromium: {HOW}.", pytrace=False)
    profile = tmp_path_factory.mktemp("chromium")
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    options += ["--disable-dev-shm-usage", "--disable-background-networking"]
    options += [f"--user-data-dir={profile}", "--remote-debugging-port=0"]
    with (profile / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, *options, "about:blank"], stdout=log, stderr=log
        )
    try:
        yield f"http://127.0.0.1:{_port(process, profile)}"
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(process, profile):
    """Return the port that the browser chose, once it has written it down."""
    written = profile / "DevToolsActivePort"
    deadline = time.monotonic() + 30
    while not (written.exists() and written.read_text().strip()):
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"Chromium did not start:\n{(profile / 'log').read_text()}")
        time.sleep(0.05)
    return written.read_text().split("\n", 1)[0]


@pytest.fixture(scope="session")
def built_static(tmp_path_factory):
    """Make the library of charts, in a process that does not stay as large."""
    state = tmp_path_factory.mktemp("state")
    command = [sys.executable, "manage.py", "make_chart_library"]
    environment = {**os.environ, "RIGHTSIZE_STATE": str(state)}
    subprocess.run(command, cwd=PROJECT, env=environment, check=True)
    return state / "static"


@pytest.fixture(scope="session")
def no_connection_kept(django_db_setup):
    """Let the server's threads end their connections, or the database could not go."""
    patch = pytest.MonkeyPatch()
    patch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    yield
    patch.undo()


@pytest.fixture
def page(
    no_connection_kept,
    chromium,
    built_static,
    live_server,
    settings,
    monkeypatch,
    request,
):
    """Open a tab whose addresses are those of the live server, such as "/".

    Its mark `viewed(width=..., scheme=...)` says how wide and in which colours; a
    script's error or a refusal by the page's policy fails the test.
    """
    settings.STATICFILES_DIRS = [built_static]
    # The driver's loop runs in this thread, beside which Django warns of queries.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    viewed = getattr(request.node.get_closest_marker("viewed"), "kwargs", {})
    troubles = []
    # Started for each test: tests of other rooms need this thread without a loop.
    with sync_playwright() as playwright:
        browser = playwright.chromium.connect_over_cdp(chromium)
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": viewed.get("width", DESK), "height": 900},
            color_scheme=viewed.get("scheme", "light"),
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        tab = context.new_page()
        tab.on("pageerror", lambda error: troubles.append(str(error)))
        tab.on("console", lambda said: _note(said, troubles))
        yield tab
        # Beside the loop, queries had a connection of their own.
        connections.close_all()
        context.close()
    assert troubles == []


def _note(said, troubles):
    """Keep what the console calls an error, but for replies that refuse on purpose."""
    if said.type == "error" and "the server responded with a status" not in said.text:
        troubles.append(said.text)


@pytest.fixture
def membership(transactional_db):
    """The person who is signed in, as a buyer."""
    return MembershipFactory(organization__name="Northwind")


@pytest.fixture
def signed_in_page(page, client, membership, live_server):
    """Return the tab with a session of `membership`."""
    client.force_login(membership.user)
    name = django_settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value}
    page.context.add_cookies([{**cookie, "url": live_server.url}])
    return page


@pytest.fixture
def assert_accessible():
    """Return a check: a page has no grave fault, and is no wider than its window."""

    def check(tab):
        found = Axe().run(tab).response["violations"]
        grave = [
            (each["id"], each["help"], [node["html"] for node in each["nodes"]])
            for each in found
            if each["impact"] in GRAVE
        ]
        assert grave == []
        wide = "document.documentElement.scrollWidth - window.innerWidth"
        assert tab.evaluate(wide) <= 0, "the page scrolls sideways"

    return check
