"""Every address of the service; the only module that imports all the apps."""

from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import SimpleRouter

import benchmarks.urls
import catalog.urls
import workloads.urls
from advisor.api.problems import handler400, handler403, handler404, handler500
from advisor.recommendations import urls as recommendations
from advisor.reports import urls as reports

__all__ = [
    "handler400",
    "handler403",
    "handler404",
    "handler500",
    "urlpatterns",
]

router = SimpleRouter()
for app in (catalog.urls, workloads.urls, benchmarks.urls, recommendations, reports):
    app.register(router)

urlpatterns = [
    path("", include("advisor.health")),
    path("", include("advisor.pages.operations.scraping")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("advisor.api.urls")),
    path("api/v1/", include("catalog.urls")),
    path("api/v1/", include("workloads.urls")),
    path("api/v1/", include("benchmarks.urls")),
    path("api/v1/", include("advisor.recommendations.urls")),
    path("api/v1/", include("advisor.reports.urls")),
    path("api/v1/", include(router.urls)),
    *reports.mail_links,
    path("", include("advisor.pages.urls")),
    # /oidc/oidc/login/ and its callback: nothing else of allauth is served.
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
]
