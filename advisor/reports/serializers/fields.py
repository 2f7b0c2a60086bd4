"""Fields that readers' wishes have in common, whichever way they are told."""

from decimal import Decimal
from typing import Any

from babel import Locale, UnknownLocaleError
from rest_framework import serializers

from catalog.fields import DecimalStringField, TextField


class AddressField(serializers.EmailField):
    """An address that mail can be sent to, as it is written."""

    def to_internal_value(self, data: Any) -> str:
        """Return the address; refuse what a mail program would decode to another."""
        address = str(super().to_internal_value(data))
        if "=?" in address:
            raise serializers.ValidationError(
                "Give the address as it is, not as an encoded word (=?…?=).",
                "encoded_word",
            )
        return address


class LocaleField(TextField):
    """How numbers and dates are written, such as en_US; the text stays English."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=20, **options)

    def to_internal_value(self, data: Any) -> str:
        """Return the locale as "de_DE"."""
        text = super().to_internal_value(data)
        try:
            return str(Locale.parse(text.replace("-", "_")))
        except (ValueError, UnknownLocaleError):
            raise serializers.ValidationError(
                "No such locale: give a language and, if you like, a country, such as"
                " en_US or de_DE.",
                "unknown_locale",
            ) from None


def price_threshold() -> DecimalStringField:
    """Return the field that says from which change of price on an alert is sent."""
    return DecimalStringField(
        max_digits=7,
        decimal_places=2,
        min_value=Decimal(0),
        required=False,
        help_text="Price rises and cuts from here on; 10 when left out.",
    )


def saving_threshold() -> DecimalStringField:
    """Return the field that says from which sum a month on an alert is sent."""
    return DecimalStringField(
        max_digits=20,
        decimal_places=2,
        min_value=Decimal(0),
        required=False,
        help_text="Better options and spend above its band from here on; 100 when"
        " left out.",
    )
