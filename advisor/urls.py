"""Every address of the service; the only module that imports all the apps."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("advisor.health")),
    path("admin/", admin.site.urls),
]
