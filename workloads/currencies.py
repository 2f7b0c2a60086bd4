"""Which currencies a bill can be in: ISO 4217 codes that are legal tender somewhere."""

from functools import cache

from babel.core import get_global
from babel.numbers import get_territory_currencies


@cache
def currencies() -> frozenset[str]:
    """Return the codes that pay bills today, by the Unicode CLDR.

    Currencies of the past, metals, funds and codes for tests are none of them.
    """
    return frozenset(
        code
        for territory in get_global("territory_currencies")
        for code in get_territory_currencies(territory, tender=True)
    )
