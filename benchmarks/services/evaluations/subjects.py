"""Which models of the catalogue the names in a buyer's file stand for."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from uuid import UUID

from django.core.exceptions import ValidationError

from accounts.models import Organization
from benchmarks.selectors.known_outcomes import Subject
from catalog.identity import identify, own_facts
from catalog.models import LanguageModel, Offering, ServiceTier
from catalog.selectors import listed_for

_MOST_HINTS = 10
_SHOWN = 80


def subjects_named(
    names: Iterable[str],
    models: Mapping[str, str],
    *,
    organization: Organization | None,
) -> dict[str, Subject]:
    """Return the subject of each name in a file.

    `models` maps names to slugs of models or ids of offerings; a name that it lacks
    must be a slug or an offering's own name. Raises ValidationError keyed "models" with
    the names that come nearest.
    """
    names = list(names)
    known = _Known(organization)
    problems = [
        f"{_quoted(name)} is no model of the file: take it out."
        for name in models
        if name not in names
    ]
    found: dict[str, Subject] = {}
    for name in names:
        subject = known.subject(models.get(name, name))
        if subject is None:
            problems.append(known.refusal(name, models.get(name)))
        else:
            found[name] = subject
    problems += _shared(found)
    if problems:
        raise ValidationError({"models": problems})
    return found


def _shared(found: Mapping[str, Subject]) -> Iterator[str]:
    """Yield what is wrong where two names stand for one subject."""
    first: dict[str, str] = {}
    for name, subject in found.items():
        other = first.setdefault(subject.name, name)
        if other != name:
            yield (
                f"{_quoted(other)} and {_quoted(name)} are both {subject.name}:"
                " map them to different models, or send one of them."
            )


class _Known:
    """The models and offerings that an organization may see, read once."""

    def __init__(self, organization: Organization | None) -> None:
        models, offerings = LanguageModel.objects.all(), Offering.objects.all()
        if organization is None:
            offerings = offerings.filter(organization=None)
        else:
            models = listed_for(models, organization)
            offerings = offerings.visible_to(organization)
        self._models = {model.slug: model for model in models}
        self._offerings: dict[str, list[Offering]] = {}
        self._by_id: dict[str, list[Offering]] = {}
        for each in offerings.select_related("provider", "model").order_by("pk"):
            self._by_id[str(each.pk)] = [each]
            for name in (each.name, f"{each.provider.slug}/{each.name}"):
                self._offerings.setdefault(name, []).append(each)
        self._hints = 0

    def subject(self, name: str) -> Subject | None:
        """Return what a slug, an offering's name or its id stands for."""
        if name in self._models:
            return Subject(model=self._models[name])
        offerings = self._offerings.get(name) or self._by_id.get(_id(name), [])
        models = {each.model_id for each in offerings}
        if len(models) != 1:
            return None
        # The same name at several places is the model, whoever serves it.
        if len(offerings) > 1:
            return Subject(model=offerings[0].model)
        return Subject(
            model=offerings[0].model,
            offering=offerings[0],
            service_tier=ServiceTier.STANDARD,
        )

    def refusal(self, name: str, mapped: str | None) -> str:
        """Return the sentence that refuses a name, with the nearest there are."""
        asked = name if mapped is None else mapped
        if len(self._offerings.get(asked, ())) > 1:
            return (
                f"Several models are sold as {_quoted(asked)}: map it in models to the"
                " slug of one, or to the id of an offering."
            )
        nearest = " or ".join(_quoted(each) for each in self._nearest(asked))
        hint = f"did you mean {nearest}?" if nearest else "take a slug from models/."
        return (
            f"No model or offering {_quoted(asked)}: {hint} Map the file's name in"
            " models, or to null to leave it out."
        )

    def _nearest(self, name: str) -> list[str]:
        self._hints += 1
        if self._hints > _MOST_HINTS:
            return []
        identity = identify(name, facts=own_facts())
        sure = [identity.model] if identity.model in self._models else []
        names = [*self._models, *self._offerings]
        close = get_close_matches(identity.model, names, n=3)
        return list(dict.fromkeys([*sure, *close]))[:3]


def _id(name: str) -> str:
    """Return an id in the one spelling that ids have here, and other names as is."""
    try:
        return str(UUID(name))
    except ValueError:
        return name


def _quoted(name: str) -> str:
    return f'"{name[:_SHOWN]}"'
