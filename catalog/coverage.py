"""How many listings have a known model size. Pure Python."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.identity import identify
from catalog.listing_kinds import kind_of_name
from catalog.model_facts import ModelFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A name at a provider; `priced_as_chat` means per input and output token."""

    name: str
    provider: str
    priced_as_chat: bool

    @property
    def is_chat(self) -> bool:
        """Whether price and name both say that it answers in text."""
        return self.priced_as_chat and kind_of_name(self.name) == "chat"


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeCoverage:
    """Counts of listings; the open ones are those the fact file calls open weights."""

    chat: int
    chat_sized: int
    open_weights: int
    open_weights_sized: int

    @property
    def chat_share(self) -> float:
        """Sized chat listings over all chat listings; 0 when there are none."""
        return self.chat_sized / self.chat if self.chat else 0.0

    @property
    def open_weights_share(self) -> float:
        """Sized open-weight chat listings over all of them; 0 when there are none."""
        if not self.open_weights:
            return 0.0
        return self.open_weights_sized / self.open_weights


def size_coverage(listings: Iterable[Listing], facts: ModelFacts) -> SizeCoverage:
    """Count the chat listings whose model has a size, published or in its name."""
    chat = chat_sized = open_weights = open_weights_sized = 0
    for listing in listings:
        if not listing.is_chat:
            continue
        found = identify(listing.name, facts=facts)
        sized = found.total_parameters_b is not None
        row = facts.named(found.model) if found.matched else None
        chat += 1
        chat_sized += sized
        if row is not None and row.open_weights:
            open_weights += 1
            open_weights_sized += sized
    return SizeCoverage(
        chat=chat,
        chat_sized=chat_sized,
        open_weights=open_weights,
        open_weights_sized=open_weights_sized,
    )
