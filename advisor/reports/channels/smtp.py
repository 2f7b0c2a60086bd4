"""Django's SMTP backend, which also says when a message is about to leave.

Up to the content of a message nothing was sent; from then until the server's answer
nobody knows. Whoever sends can note that moment.
"""

import contextlib
import smtplib
from collections.abc import Callable
from typing import Any

from django.core.mail.backends import smtp

Hook = Callable[[], None]


class _Told:
    """Calls a hook right before the content of a message goes out."""

    before_content: Hook
    _in_data = False

    def data(self, msg: Any) -> Any:
        """Send a message's content, between DATA and the server's answer."""
        self._in_data = True
        try:
            return super().data(msg)  # type: ignore[misc]  # of smtplib
        finally:
            self._in_data = False

    def send(self, s: Any) -> None:
        """Send what smtplib hands on: commands are text, content is bytes."""
        if self._in_data and isinstance(s, bytes):
            self.before_content()
        super().send(s)  # type: ignore[misc]  # of smtplib


class _PlainSMTP(_Told, smtplib.SMTP):
    pass


class _TlsSMTP(_Told, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    """Sends by SMTP; `before_content` is called once for each message."""

    before_content: Hook | None = None

    @property
    def connection_class(self) -> Any:
        """Return what makes a connection that tells this backend."""
        kind = _TlsSMTP if self.use_ssl else _PlainSMTP

        def connect(host: str, port: int, **parameters: Any) -> smtplib.SMTP:
            made: Any = kind(host, port, **parameters)
            made.before_content = self._about_to_leave
            return made  # type: ignore[no-any-return]  # made above

        return connect

    def abandon(self) -> None:
        """Close the connection without a word: its other end may not listen."""
        for name in ("connection", "_partial_connection"):
            opened: smtplib.SMTP | None = getattr(self, name)
            if opened is not None:
                with contextlib.suppress(OSError):
                    opened.close()
        self.connection = self._partial_connection = None

    def _about_to_leave(self) -> None:
        if self.before_content is not None:
            self.before_content()
