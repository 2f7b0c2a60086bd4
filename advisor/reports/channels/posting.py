"""One POST to an address that a buyer gave: guarded, bounded, and followed nowhere.

The host is looked up once, at connect time, and the checked address itself is
connected to, while the certificate must still be the host's.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from benchmarks.harness.guard import Forbidden, check_url, permitted_addresses
from benchmarks.harness.target import Outbound

CONNECT_S = 5.0
# The attempt as a whole, look-up included, however lively the receiver drips.
WHOLE_S = 15.0


class Unanswered(Exception):
    """No answer came; the text says why, in words that may be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; a body is not read, for its status says all there is to know."""

    status: int
    headers: Mapping[str, str]


class PinnedTransport(httpx.AsyncBaseTransport):
    """Connects to the address that was checked, whatever the name says next."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self._inner = httpx.AsyncHTTPTransport(
            verify=ssl.create_default_context(), trust_env=False
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send to the first permitted address that takes a connection."""
        destination = check_url(str(request.url), self._outbound)
        addresses = await permitted_addresses(destination, self._outbound)
        request.extensions["sni_hostname"] = destination.host
        for address in addresses[:-1]:
            request.url = request.url.copy_with(host=str(address))
            try:
                return await self._inner.handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        request.url = request.url.copy_with(host=str(addresses[-1]))
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    outbound: Outbound,
    whole_s: float = WHOLE_S,
) -> Answer:
    """Post a body, wait at most `whole_s` seconds, and return the status.

    Raises `Forbidden` when the guard lets nothing out to there, else `Unanswered`.
    """
    try:
        return asyncio.run(_post(url, body, headers, outbound, whole_s))
    except TimeoutError:
        raise Unanswered(f"No answer came within {whole_s:g} seconds.") from None
    except httpx.ConnectTimeout:
        raise Unanswered("No connection came about in time.") from None
    except httpx.ConnectError as error:
        raise Unanswered(_not_connected(error)) from None
    except httpx.RemoteProtocolError:
        raise Unanswered("The answer was broken off, or is not HTTP/1.1.") from None
    except (httpx.TransportError, OSError) as error:
        raise Unanswered(f"The exchange failed: {type(error).__name__}.") from None


async def _post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    outbound: Outbound,
    whole_s: float,
) -> Answer:
    async with asyncio.timeout(whole_s):
        client = httpx.AsyncClient(
            transport=PinnedTransport(outbound),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(whole_s, connect=CONNECT_S),
        )
        async with (
            client,
            client.stream("POST", url, content=body, headers=dict(headers)) as reply,
        ):
            return Answer(status=reply.status_code, headers=reply.headers)


def _not_connected(error: httpx.ConnectError) -> str:
    """Say whether TLS or the connection failed, without the addresses tried."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            reason = getattr(cause, "verify_message", "") or cause.reason
            return f"TLS failed: {reason or 'no agreement'}."
        cause = cause.__cause__ or cause.__context__
    return "The host could not be connected to."


__all__ = ["Answer", "Forbidden", "PinnedTransport", "Unanswered", "post"]
