"""Where requests of ours may go: decided on the address that is really connected to.

A name is looked up once, at connect time, and the checked address itself is connected
to, so an answer that changes between two look-ups (DNS rebinding) gains nothing.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import SOCK_STREAM
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from benchmarks.harness.target import Outbound

Address = IPv4Address | IPv6Address
Connected = TypeVar("Connected", bound=asyncio.BaseProtocol)

DEFAULT_PORTS = {"http": 80, "https": 443}
# Beyond what `ipaddress` of every Python version calls not global: protocol assignments
# (a metadata service among them), 6to4 relays, and the host that serves Azure's guests.
_CLOSED_V4 = tuple(
    ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")
)
_GLOBAL_UNICAST = ip_network("2000::/3")
_DOCUMENTATION = ip_network("3fff::/20")
_NAT64 = ip_network("64:ff9b::/96")


class Forbidden(ValueError):
    """A sentence that says what is not let out, and what would change that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A URL that has the right form; its address is checked when it is connected to."""

    tls: bool
    host: str
    port: int
    path: str
    query: str
    address: Address | None = None  # when the host is written as one

    @property
    def authority(self) -> str:
        """Return the host and, unless it is the usual one, the port (RFC 9112, 3.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = DEFAULT_PORTS["https" if self.tls else "http"]
        return host if self.port == usual else f"{host}:{self.port}"


def check_url(url: str, outbound: Outbound) -> Destination:
    """Check the form of a URL, and its address if it is written as one.

    Looks nothing up, so it serves when a URL is saved. Raises `Forbidden`.
    """
    if any(letter <= " " or letter in "\\\x7f" for letter in url):
        raise Forbidden("The URL has spaces, backslashes or control characters in it.")
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        raise Forbidden("This is not a URL: write https://host/path.") from None
    _check_parts(parts)
    host = _ascii(parts.hostname or "")
    destination = Destination(
        tls=parts.scheme == "https",
        host=host,
        port=port,
        path=parts.path,
        query=parts.query,
        address=_literal(host),
    )
    _check_scheme(destination, outbound)
    if destination.address is not None:
        reason = refusal(destination.address, outbound, tls=destination.tls)
        if reason is not None:
            raise Forbidden(reason)
    return destination


def _check_parts(parts: SplitResult) -> None:
    if parts.scheme not in DEFAULT_PORTS:
        raise Forbidden("The URL must begin with https://.")
    if not parts.hostname:
        raise Forbidden("The URL names no host: write https://host/path.")
    if parts.username is not None or parts.password is not None:
        raise Forbidden("Take the user name out of the URL: credentials go elsewhere.")
    if parts.fragment:
        raise Forbidden("Take the part from # on out of the URL: it is never sent.")
    if not (parts.path + parts.query).isascii():
        raise Forbidden("The URL's path has letters beyond ASCII: percent-encode them.")
    if parts.port == 0:
        raise Forbidden("Port 0 cannot be connected to: give another, or none.")


def _ascii(host: str) -> str:
    if host.isascii() and ":" in host:
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        raise Forbidden("The URL's host is not a name: write https://host/.") from None


def _check_scheme(destination: Destination, outbound: Outbound) -> None:
    possible = outbound.plain_http_allowed or outbound.allowed_networks
    if not destination.tls and not possible:
        raise Forbidden(
            "Plain http is not let out: use https, or have an admin allow the"
            " address's network."
        )


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def refusal(address: Address, outbound: Outbound, *, tls: bool) -> str | None:
    """Return why an address may not be connected to, or None when it may."""
    address = getattr(address, "ipv4_mapped", None) or address
    if any(address in network for network in outbound.allowed_networks):
        return None
    if not is_public(address):
        return (
            "The host has an address that is not public (private, loopback, link-local"
            " or reserved): use a public one, or have an admin allow its network."
        )
    if not tls and not outbound.plain_http_allowed:
        return "Plain http is not let out to public addresses: use https."
    return None


def is_public(address: Address) -> bool:
    """Return whether an address is a single host's on the public internet.

    IPv6 forms that carry an IPv4 address are as public as that one is.
    """
    if isinstance(address, IPv4Address):
        closed = any(address in network for network in _CLOSED_V4)
        return address.is_global and not (
            closed or address.is_multicast or address.is_reserved
        )
    carried = _carried(address)
    if carried is not None:
        return is_public(carried)
    return (
        address in _GLOBAL_UNICAST
        and address not in _DOCUMENTATION
        and address.is_global
    )


def _carried(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address inside a mapped, 6to4 or NAT64 one (RFC 4291, 6052)."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


async def permitted_addresses(
    destination: Destination, outbound: Outbound
) -> list[Address]:
    """Look a destination up and return the addresses that may be connected to.

    Raises `Forbidden` when none may, `OSError` when there is none.
    """
    known = destination.address
    found = [known] if known is not None else await _look_up(destination)
    refusals = {
        address: refusal(address, outbound, tls=destination.tls) for address in found
    }
    permitted = [address for address, reason in refusals.items() if reason is None]
    if not permitted:
        reasons = [reason for reason in refusals.values() if reason]
        raise Forbidden(reasons[0] if reasons else "The host has no address.")
    return permitted


async def _look_up(destination: Destination) -> list[Address]:
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(
        destination.host, destination.port, type=SOCK_STREAM
    )
    # A scope ("%eth0") only ever follows a link-local address.
    return [ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]


async def connect(
    protocol: Callable[[], Connected],
    destination: Destination,
    outbound: Outbound,
    *,
    tls: ssl.SSLContext | None,
    patience_s: float,
) -> tuple[asyncio.Transport, Connected]:
    """Connect to the first permitted address that answers, within `patience_s`.

    `tls` is needed for https only; the certificate must be the host's. Raises
    `Forbidden`, `TimeoutError`, `ssl.SSLError` or another `OSError`.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_s
    async with asyncio.timeout_at(deadline):
        addresses = await permitted_addresses(destination, outbound)
        while len(addresses) > 1:
            # One that swallows packets must leave time for the next.
            share_s = (deadline - loop.time()) / len(addresses)
            try:
                async with asyncio.timeout(share_s):
                    return await _open(protocol, addresses[0], destination, tls)
            except ssl.SSLError:
                raise
            except OSError:  # TimeoutError is one
                addresses = addresses[1:]
        return await _open(protocol, addresses[0], destination, tls)


async def _open(
    protocol: Callable[[], Connected],
    address: Address,
    destination: Destination,
    tls: ssl.SSLContext | None,
) -> tuple[asyncio.Transport, Connected]:
    return await asyncio.get_running_loop().create_connection(
        protocol,
        str(address),
        destination.port,
        ssl=tls if destination.tls else None,
        server_hostname=destination.host if destination.tls else None,
    )
