"""The week that a report is about, and what may be known of it."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Organization
from catalog.selectors import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The half-open week of one organization, told with what was known at a moment."""

    organization: Organization
    covers_from: datetime
    covers_to: datetime
    known_at: datetime

    @property
    def before(self) -> Moment:
        """How things stood when the week began, as was known then."""
        return Moment(
            as_of=self.covers_from, known_at=min(self.covers_from, self.known_at)
        )

    @property
    def after(self) -> Moment:
        """How things stand when the week ends."""
        return Moment(as_of=self.covers_to, known_at=self.known_at)
