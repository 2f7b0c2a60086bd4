"""A mail server that takes everything and notes each Message-ID before it answers.

`python -m bench.mail_sink PORT FILE`; killed at any moment, the file says what arrived.
"""

import asyncio
import os
import re
import sys
from typing import Any

from aiosmtpd.smtp import SMTP

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([^>]+)>", re.IGNORECASE | re.MULTILINE)


class Sink:
    """Writes one line for each mail that arrived whole."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Note the mail, then take it."""
        found = _MESSAGE_ID.search(envelope.content)
        os.write(self._file, (found[1] if found else b"none") + b"\n")
        return "250 OK"


async def serve(port: int, path: str) -> None:
    """Serve on this machine until killed."""
    sink = Sink(path)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(sink, hostname="sink.localhost"), "127.0.0.1", port
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
