"""Fetches a price sheet over the network, bounded in time and size.

No Django: the caller says where from, and what a failure means.
"""

import time
from urllib.parse import urlsplit

import httpx

# The largest price map in public use is 3 MB.
MOST_BYTES = 20 * 1024 * 1024
TIMEOUT = httpx.Timeout(20.0, connect=5.0)  # s, for each step
WHOLE_FETCH_S = 60.0
MOST_REDIRECTS = 3


class FetchFailed(Exception):
    """The sheet could not be had; the text says why, in a sentence."""


def fetch(
    url: str, *, most_bytes: int = MOST_BYTES, within_s: float = WHOLE_FETCH_S
) -> str:
    """Return the text at `url`; raises `FetchFailed`, and nothing else, if it cannot.

    Redirects are followed on the same host only: a list that moves elsewhere is for
    an operator to notice.
    """
    deadline = time.monotonic() + within_s
    try:
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client:
            for _ in range(MOST_REDIRECTS + 1):
                with client.stream("GET", url) as response:
                    if response.is_redirect:
                        url = _same_host(url, response)
                        continue
                    if response.status_code != httpx.codes.OK:
                        raise FetchFailed(f"{url} answers {response.status_code}.")
                    body = _read(response, url, most_bytes, deadline)
                    return body.decode("utf-8")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        kind = type(error).__name__
        raise FetchFailed(f"{url} cannot be fetched: {kind} {error}".strip()) from error
    except UnicodeDecodeError as error:
        raise FetchFailed(f"{url} is not text in UTF-8.") from error
    raise FetchFailed(f"{url} redirects more than {MOST_REDIRECTS} times.")


def _same_host(url: str, response: httpx.Response) -> str:
    target = str(response.url.join(response.headers["location"]))
    if urlsplit(target)[:2] != urlsplit(url)[:2]:
        raise FetchFailed(f"{url} redirects elsewhere, to {target}: set that address.")
    return target


def _read(
    response: httpx.Response, url: str, most_bytes: int, deadline: float
) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > most_bytes:
            raise FetchFailed(f"{url} sends more than {most_bytes} bytes.")
        if time.monotonic() > deadline:
            raise FetchFailed(f"{url} is too slow.")
    return bytes(body)
