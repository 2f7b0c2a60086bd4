"""People, their organizations and their keys."""

import hashlib
from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from accounts.models import ApiKey, Membership, Organization, Role, User

SECRET = "5ec2e7" * 10 + "beef"  # 64 hex digits


class UserFactory(DjangoModelFactory):
    """A person whose password is "pass"."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    password = factory.django.Password("pass")


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = Organization

    name = factory.Sequence(lambda n: f"Organization {n}")
    slug = factory.Sequence(lambda n: f"organization-{n}")
    created_at = datetime(2026, 1, 1, tzinfo=UTC)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    organization = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.BUYER


class ApiKeyFactory(DjangoModelFactory):
    """A key in force; `key.secret_text` is what a program would send."""

    class Meta:
        model = ApiKey
        skip_postgeneration_save = True

    organization = factory.SubFactory(OrganizationFactory)
    key_id = factory.Sequence(lambda n: f"{n:016x}")
    secret_sha256 = hashlib.sha256(SECRET.encode()).hexdigest()
    name = "a program"
    scopes = ["read", "write"]
    created_at = datetime(2026, 1, 1, tzinfo=UTC)

    @factory.post_generation
    def secret_text(self, create, extracted, **kwargs):
        self.secret_text = f"rs_live_{self.key_id}_{SECRET}"
