"""The one point where rows are scoped to the organization that asks.

Every model that belongs to a tenant derives from `TenantOwned` or `TenantOrPublic`,
and every view reads through `scoped`: a stranger's id is then simply not found.
"""

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from django.db import models
from django.db.models import Q, QuerySet

if TYPE_CHECKING:
    from accounts.models import Organization


class Asked(Protocol):
    """A request of the API or of a page: `auth` is the caller, None for nobody."""

    @property
    def auth(self) -> Any: ...


Row = TypeVar("Row", bound=models.Model)


class TenantQuerySet(models.QuerySet[Row]):
    """Rows that belong to exactly one organization each."""

    def visible_to(self, organization: "Organization") -> "TenantQuerySet[Row]":
        """Keep the organization's own rows."""
        return self.filter(organization=organization)


class PublicOrOwnQuerySet(models.QuerySet[Row]):
    """Rows of one organization each, or of nobody, which everybody sees."""

    def visible_to(self, organization: "Organization") -> "PublicOrOwnQuerySet[Row]":
        """Keep the public rows and the organization's own."""
        return self.filter(Q(organization=None) | Q(organization=organization))


class TenantOwned(models.Model):
    """Belongs to one organization."""

    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+"
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


class TenantOrPublic(models.Model):
    """Belongs to one organization, or to nobody and is seen by all."""

    organization = models.ForeignKey(
        "accounts.Organization",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )

    objects = PublicOrOwnQuerySet.as_manager()

    class Meta:
        abstract = True


def scoped(rows: "type[Row] | QuerySet[Row]", request: Asked) -> "QuerySet[Row]":
    """Return the rows that the caller of `request` may see; nobody sees none.

    Nobody is also who asks when the API is described rather than called.
    """
    found: Any = rows if isinstance(rows, QuerySet) else rows._default_manager.all()
    caller: Any = request.auth
    if caller is None:
        nothing: QuerySet[Row] = found.none()
        return nothing
    visible: QuerySet[Row] = found.visible_to(caller.organization)
    return visible
