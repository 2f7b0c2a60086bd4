"""A report's edition as it was sent, made fit for a frame within a page."""

import re

from advisor.reports.models import ReportEdition
from advisor.reports.services.weekly import pictures_of
from advisor.reports.writing import with_images

# What a frame may do: be measured by its page, and lead away when clicked. No script.
SANDBOX = "allow-same-origin allow-top-navigation-by-user-activation"
# Mails style themselves within, and hold their pictures.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        f"sandbox {SANDBOX}",
    )
)
_SIGN_IN = re.compile(r"%%SIGN_IN_URL:(/[^%\s]*)%%")
_UNSUBSCRIBE = "%%UNSUBSCRIBE_URL%%"
_HEAD = "<head>"
# Links lead the page away, not the frame in it.
_BASE = '<base target="_top">'


def framed_html(edition: ReportEdition) -> str:
    """Return the HTML with pictures inside and links that lead to the pages.

    They lead to wherever this page is read, not to PUBLIC_URL as a mail's do. That to
    unsubscribe was each reader's own, so here it leads nowhere.
    """
    html = with_images(edition.html, pictures_of(edition.images))
    html = html.replace(f' href="{_UNSUBSCRIBE}"', "")
    html = _SIGN_IN.sub(r"\1", html)
    if _HEAD not in html:
        return _BASE + html
    return html.replace(_HEAD, _HEAD + _BASE, 1)
