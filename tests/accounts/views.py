"""Views that show what the API makes of a caller; only for tests."""

from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView


class WhoView(APIView):
    def get(self, request):
        caller = request.auth
        return Response(
            {
                "organization": caller.organization.slug,
                "scopes": sorted(caller.scopes),
                "api_key": caller.api_key and str(caller.api_key.pk),
                "user": caller.user and caller.user.email,
                "authenticated": request.user.is_authenticated,
            }
        )

    def post(self, request):
        return Response({}, status=201)

    put = patch = delete = post


class GuardedView(WhoView):
    required_scopes = {"GET": "write", "POST": "admin"}


class OpenView(APIView):
    authentication_classes = []
    permission_classes = []

    def get(self, request):
        return Response({})


urlpatterns = [
    path("who/", WhoView.as_view()),
    path("guarded/", GuardedView.as_view()),
    path("open/", OpenView.as_view()),
]
