"""The API of catalog and workloads alone, mounted as the service mounts it."""

from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import DefaultRouter

import catalog.urls
import workloads.urls

router = DefaultRouter()
catalog.urls.register(router)
workloads.urls.register(router)

api_patterns = [
    *catalog.urls.urlpatterns,
    *workloads.urls.urlpatterns,
    *router.urls,
]
urlpatterns = [
    path("api/v1/", include(api_patterns)),
    path("admin/", admin.site.urls),
]

handler404 = "advisor.api.problems.page_not_found"
