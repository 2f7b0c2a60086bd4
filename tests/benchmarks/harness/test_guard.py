"""What is let out, by form, by address, and at the moment of connecting."""

import asyncio
import socket
from ipaddress import ip_address, ip_network

import pytest

from benchmarks.harness.guard import (
    Forbidden,
    check_url,
    connect,
    is_public,
    permitted_addresses,
)
from benchmarks.harness.target import Outbound

PUBLIC_ONLY = Outbound()
OWN = Outbound(allowed_networks=(ip_network("127.0.0.0/8"), ip_network("10.1.0.0/16")))
PLAIN = Outbound(plain_http_allowed=True)

CLOSED = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",  # carrier-grade NAT
    "100.100.100.200",  # a metadata service within it
    "127.0.0.1",
    "168.63.129.16",  # Azure's, outside any private range
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.192",  # Oracle's metadata service
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "233.252.0.1",  # multicast that is global
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",  # NAT64 of 169.254.169.254
    "64:ff9b:1::1",
    "2001:db8::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
    "2002:a9fe:a9fe::1",  # 6to4 of 169.254.169.254
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
OPEN = [
    "1.1.1.1",
    "8.8.8.8",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]


@pytest.mark.parametrize("text", CLOSED)
def test_an_address_that_is_not_public_is_closed(text):
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", OPEN)
def test_a_public_address_is_open(text):
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("ftp://example.com/", "https://"),
        ("example.com/v1", "https://"),
        ("https:///v1", "names no host"),
        ("https://user:word@example.com/", "user name"),
        ("https://example.com/#part", "from # on"),
        ("https://example.com:0/", "Port 0"),
        ("https://example.com:99999/", "not a URL"),
        ("https://[::1/", "not a URL"),
        ("https://exa mple.com/", "spaces"),
        ("https://example.com/\nHost: other", "control characters"),
        ("https://example.com\\@other.com/", "backslashes"),
        (f"https://{'a' * 64}.com/", "not a name"),
        ("https://example.com/\u20ac/", "percent-encode"),
        ("https://example.com/v1\u2028", "percent-encode"),
        ("https://127.0.0.1/", "public"),
        ("https://[::ffff:10.0.0.1]/", "public"),
        ("http://example.com/", "use https"),
    ],
)
def test_a_url_that_cannot_be_let_out_says_what_to_do(url, remedy):
    with pytest.raises(Forbidden, match=remedy):
        check_url(url, PUBLIC_ONLY)


def test_a_good_url_is_taken_apart():
    found = check_url("https://Bücher.example:8443/v1?api-version=1", PUBLIC_ONLY)

    assert (found.tls, found.host, found.port) == (True, "xn--bcher-kva.example", 8443)
    assert (found.path, found.query) == ("/v1", "api-version=1")
    assert found.authority == "xn--bcher-kva.example:8443"


def test_the_usual_port_is_left_out_and_an_ipv6_host_is_bracketed():
    assert check_url("https://example.com/", PUBLIC_ONLY).authority == "example.com"
    literal = check_url("http://[2606:4700:4700::1111]:8080/", PLAIN)
    assert literal.authority == "[2606:4700:4700::1111]:8080"


def test_networks_of_ones_own_may_be_private_and_plain():
    assert check_url("http://10.1.2.3:8000/v1", OWN).port == 8000
    with pytest.raises(Forbidden, match="public"):
        check_url("http://10.2.0.1/v1", OWN)


def test_plain_http_to_a_public_address_needs_its_own_leave():
    assert check_url("http://8.8.8.8/", PLAIN).tls is False
    with pytest.raises(Forbidden, match="use https"):
        check_url("http://8.8.8.8/", OWN)


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f.1", "2130706433"])
def test_a_name_or_odd_spelling_of_a_closed_address_is_found_out(host):
    destination = check_url(f"https://{host}/", PUBLIC_ONLY)

    with pytest.raises(Forbidden, match="public"):
        asyncio.run(permitted_addresses(destination, PUBLIC_ONLY))


def test_what_was_checked_is_what_is_connected_to(monkeypatch):
    """A name server that changes its answer after the check gains nothing."""
    answers = iter(["127.0.0.1", "127.0.0.2"])

    def rebinding(host, port, *args, **options):
        if host[0].isdigit():
            return real(host, port, *args, **options)
        found = (next(answers), port)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", found)]

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", rebinding)

    assert asyncio.run(_peer_of("rebinding.example")) == "127.0.0.1"
    assert next(answers) == "127.0.0.2"  # it was never asked again


def test_only_permitted_addresses_of_a_name_are_tried(monkeypatch):
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))
        for address in ("192.168.0.1", "127.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    destination = check_url("http://mixed.example/", OWN)

    permitted = asyncio.run(permitted_addresses(destination, OWN))

    assert permitted == [ip_address("127.0.0.1")]


def test_the_next_address_is_tried_when_one_does_not_answer(monkeypatch):
    real = socket.getaddrinfo

    def two(host, port, *args, **options):
        if host[0].isdigit():
            return real(host, port, *args, **options)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("127.0.0.9", "127.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", two)

    # Only 127.0.0.1 is listened on.
    assert asyncio.run(_peer_of("two.example")) == "127.0.0.1"


async def _peer_of(host):
    """Listen on 127.0.0.1, connect to a name at that port; return who answered."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    destination = check_url(f"http://{host}:{port}/", OWN)
    transport, _ = await connect(
        asyncio.Protocol, destination, OWN, tls=None, patience_s=5
    )
    peer = transport.get_extra_info("peername")[0]
    transport.abort()
    server.close()
    await server.wait_closed()
    return peer
