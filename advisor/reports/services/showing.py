"""An edition for whoever looks at it outside of a mail: it belongs to no reader."""

import re

from django.conf import settings

from advisor.reports.models import ReportEdition
from advisor.reports.services.weekly import pictures_of
from advisor.reports.writing import with_images

_SIGN_IN = re.compile(r"%%SIGN_IN_URL:([^%\s]*)%%")
_UNSUBSCRIBE = "%%UNSUBSCRIBE_URL%%"


def html_shown(edition: ReportEdition) -> str:
    """Return a page that holds its pictures; its links lead to pages, signed in or not.

    Nothing can be unsubscribed from it.
    """
    return _without_reader(with_images(edition.html, pictures_of(edition.images)), "#")


def text_shown(edition: ReportEdition) -> str:
    """Return the text with the addresses of pages."""
    return _without_reader(edition.text, "-")


def _without_reader(text: str, nowhere: str) -> str:
    addressed = _SIGN_IN.sub(rf"{settings.PUBLIC_URL}\1", text)
    return addressed.replace(_UNSUBSCRIBE, nowhere)
