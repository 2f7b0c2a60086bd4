"""The form that asks for an address and a password."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts import sign_in_attempts
from accounts.models import User

WRONG = "The address and the password do not go together. Check both for a slip."
TOO_MANY = (
    "Too many wrong passwords: wait a quarter of an hour, or use a sign-in link from"
    " one of your weekly reports."
)


class SignInForm(forms.Form):
    """Finds the person; a refusal never says whether the address is known."""

    email = forms.EmailField(
        label="Email address",
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    user: User | None = None

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean(self) -> dict[str, Any]:
        """Refuse a wrong password, and too many of them."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        email, sender = cleaned["email"], self.request.META.get("REMOTE_ADDR", "")
        if not sign_in_attempts.allowed(email, sender):
            raise ValidationError(TOO_MANY, "too_many")
        found = authenticate(self.request, username=email, password=cleaned["password"])
        if not isinstance(found, User):
            sign_in_attempts.note_failure(email, sender)
            raise ValidationError(WRONG, "wrong")
        sign_in_attempts.forget(email)
        self.user = found
        return cleaned
