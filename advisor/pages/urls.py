"""The addresses of the buyer's pages."""

from django.urls import path

from advisor.pages.views import portfolio, sign_in

app_name = "pages"

urlpatterns = [
    path("", portfolio.portfolio, name="portfolio"),
    path("organization/", sign_in.choose_organization, name="organization"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/link/<str:token>/", sign_in.sign_in_by_link, name="sign_in_link"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
]
