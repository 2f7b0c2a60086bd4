"""What was really spent and saved, from actual usage at the prices of its time."""

from advisor.recommendations.realised.band import BandPosition, band_position
from advisor.recommendations.realised.books import Books, usage_since
from advisor.recommendations.realised.savings import followed_advice, realised_saving
from advisor.recommendations.realised.spend import Month, month_before, spend_in

__all__ = [
    "BandPosition",
    "Books",
    "Month",
    "band_position",
    "followed_advice",
    "month_before",
    "realised_saving",
    "spend_in",
    "usage_since",
]
