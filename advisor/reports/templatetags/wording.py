"""Lets a template ask for a sentence or a number in the reader's locale."""

from typing import Any

from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def say(context: template.Context, what: str, *things: Any) -> str:
    """Return what the edition's `Wording` says of some things, to be escaped."""
    return str(getattr(context["say"], what)(*things))
