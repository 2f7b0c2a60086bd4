import pytest

from tests.factories import catalog

FACTORIES = [
    thing
    for name, thing in vars(catalog).items()
    if name.endswith("Factory") and thing.__module__ == catalog.__name__
]


@pytest.mark.django_db
@pytest.mark.parametrize("factory", FACTORIES)
def test_every_factory_makes_a_valid_row_by_default(factory):
    row = factory()

    row.full_clean()
