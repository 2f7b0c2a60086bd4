"""Takes out of the admin what signing in at a provider brings along.

Its tables hold nothing that an admin would read or edit here: people are users, and a
provider is configured by settings.
"""

from allauth.account import admin as _account  # noqa: F401  # registers what goes
from allauth.account.models import EmailAddress
from allauth.socialaccount import admin as _social  # noqa: F401
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin

admin.site.unregister((EmailAddress, SocialAccount, SocialApp, SocialToken))
