"""What was really spent and saved, from actual usage at the prices of its time."""

from advisor.recommendations.realised.band import BandPosition, band_position
from advisor.recommendations.realised.books import Books, summed_usage
from advisor.recommendations.realised.savings import moves_of, realised_saving
from advisor.recommendations.realised.spend import Month, month_before, spend_in

__all__ = [
    "BandPosition",
    "Books",
    "Month",
    "band_position",
    "month_before",
    "moves_of",
    "realised_saving",
    "spend_in",
    "summed_usage",
]
