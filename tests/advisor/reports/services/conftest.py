"""A real mail server, and the settings that send to it."""

import pytest

from tests.mail_servers import Box, Server


@pytest.fixture
def box(settings):
    """Yield what a mail server of this test gets; mails go there by SMTP."""
    box = Box()
    server = Server(box)
    server.start()
    settings.EMAIL_BACKEND = "advisor.reports.channels.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = 0.4
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield box
    server.stop()
