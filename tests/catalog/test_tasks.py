"""The daily look for new prices, against a server of the test's own."""

import http.server
import json
import threading
import time

import pytest
from django.test import override_settings

from catalog.models import Price, PriceSheet
from catalog.price_updates import FetchFailed, fetch
from catalog.services.updates import update_prices
from catalog.tasks import look_for_new_prices

ENTRY = {
    "litellm_provider": "acme",
    "mode": "chat",
    "input_cost_per_token": 1e-06,
    "output_cost_per_token": 4e-06,
}
GOOD = json.dumps({f"acme/model-{n}": ENTRY for n in range(3)}).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by path; `/slow` sends a byte at a time."""

    def do_GET(self):
        status, headers, body = self.server.replies[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.path == "/slow":
            for byte in body:
                time.sleep(0.02)
                try:
                    self.wfile.write(bytes([byte]))
                except OSError:
                    return
        else:
            self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    """A price server on this machine; set `server.replies[path]`."""
    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.replies = {"/map.json": (200, {}, GOOD)}
    listening.url = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield listening
    listening.shutdown()
    thread.join()
    listening.server_close()


def test_a_sheet_is_fetched(server):
    assert fetch(f"{server.url}/map.json") == GOOD.decode()


def test_a_redirect_on_the_same_host_is_followed(server):
    server.replies["/old"] = (302, {"Location": "/map.json"}, b"")

    assert fetch(f"{server.url}/old") == GOOD.decode()


@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        ((500, {}, b"oops"), "answers 500"),
        ((200, {}, b"\xff\xfe"), "not text in UTF-8"),
        ((200, {}, b"x" * 2_000), "more than 1000 bytes"),
        ((302, {"Location": "http://example.com/"}, b""), "redirects elsewhere"),
        ((302, {"Location": "/odd"}, b""), "redirects more than"),
    ],
)
def test_what_cannot_be_had_is_a_sentence(server, reply, detail):
    server.replies["/odd"] = reply

    with pytest.raises(FetchFailed, match=detail):
        fetch(f"{server.url}/odd", most_bytes=1_000)


def test_a_server_that_drips_is_given_up(server):
    server.replies["/slow"] = (200, {}, b"x" * 200)

    with pytest.raises(FetchFailed, match="too slow"):
        fetch(f"{server.url}/slow", within_s=0.1)


def test_a_server_that_is_away_is_a_sentence():
    with pytest.raises(FetchFailed, match="cannot be fetched"):
        fetch("http://127.0.0.1:1/map.json")


@pytest.mark.django_db
def test_new_prices_are_taken_in_once(server):
    addresses = {"litellm": f"{server.url}/map.json"}

    first = update_prices(addresses)
    again = update_prices(addresses)

    assert [sheet.status for sheet in first] == ["applied"]
    assert [sheet.pk for sheet in again] == [first[0].pk]
    assert Price.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"", GOOD[:-5], b"<html>busy</html>"])
def test_a_failure_keeps_the_last_good_prices(server, body):
    addresses = {"litellm": f"{server.url}/map.json"}
    update_prices(addresses)
    server.replies["/map.json"] = (200, {}, body)

    (sheet,) = update_prices(addresses)

    assert sheet.status == "failed"
    assert Price.objects.count() == 3
    assert not Price.objects.filter(withdrawn=True).exists()


@pytest.mark.django_db
def test_one_source_that_is_away_does_not_stop_the_others(server):
    away, here = update_prices(
        {
            "litellm:away": "http://127.0.0.1:1/map.json",
            "litellm": f"{server.url}/map.json",
        }
    )

    assert (away.status, here.status) == ("failed", "applied")
    assert "cannot be fetched" in away.report["problems"][0]["detail"]


@pytest.mark.django_db
def test_an_address_without_a_known_format_is_skipped(server, caplog):
    assert update_prices({"excel": f"{server.url}/map.json"}) == []
    assert "excel" in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize(("allowed", "sheets"), [(False, 0), (True, 1)])
def test_the_daily_look_is_off_unless_an_operator_allows_it(server, allowed, sheets):
    urls = {"litellm": f"{server.url}/map.json"}

    with override_settings(PRICE_UPDATES=allowed, PRICE_SHEET_URLS=urls):
        look_for_new_prices()

    assert PriceSheet.objects.count() == sheets
