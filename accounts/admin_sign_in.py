"""Signing in to the admin: passwords can be guessed no more often than on the pages."""

from typing import Any

from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from accounts import sign_in_attempts

TOO_MANY = "Too many wrong passwords: wait a quarter of an hour."


class CountedAuthenticationForm(AuthenticationForm):  # type: ignore[misc]  # untyped
    """The admin's form, closed for a while to an account or sender that errs often."""

    def clean(self) -> dict[str, Any]:
        """Refuse a wrong password, and too many of them."""
        stated: dict[str, Any] = self.cleaned_data
        if not {"username", "password"} <= stated.keys():
            return stated
        email, sender = stated["username"], self.request.META.get("REMOTE_ADDR", "")
        if not sign_in_attempts.allowed(email, sender):
            raise ValidationError(TOO_MANY, "too_many")
        try:
            super().clean()
        except ValidationError:
            sign_in_attempts.note_failure(email, sender)
            raise
        sign_in_attempts.forget(email)
        return stated
