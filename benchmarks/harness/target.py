"""What to call: an address, a protocol, and how patient to be."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """What the guard lets out: public addresses over https, and these exceptions.

    `allowed_networks` are networks of one's own, which may be private and need no TLS.
    """

    allowed_networks: tuple[Network, ...] = ()
    plain_http_allowed: bool = False  # to public addresses too


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When to give up on a request, in seconds."""

    connect_s: float = 10.0
    first_byte_s: float = 60.0  # from sending the request to the first byte of a reply
    stall_s: float = 30.0  # between two pieces of a stream
    request_s: float = 180.0  # one attempt as a whole, however lively it drips
    throttle_s: float = 60.0  # waits that 429s ask for, all together


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An endpoint as the harness sees it; `headers` hold the credential, so no repr."""

    base_url: str  # up to and without the protocol's own path
    protocol: str  # a name in `protocols.PROTOCOLS`
    model: str  # the model's name on the wire
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body_extra: tuple[tuple[str, object], ...] = ()  # further fields of the body
    outbound: Outbound = field(default_factory=Outbound)
    patience: Patience = field(default_factory=Patience)
    max_stream_bytes: int = 16 * 1024 * 1024
    max_event_bytes: int = 1024 * 1024
