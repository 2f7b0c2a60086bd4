"""What the OpenAPI document says about authentication."""

from drf_spectacular.generators import SchemaGenerator

from tests.accounts import views


def test_both_ways_to_authenticate_are_described():
    generator = SchemaGenerator(patterns=views.urlpatterns)

    document = generator.get_schema(request=None, public=True)

    schemes = document["components"]["securitySchemes"]
    assert schemes["apiKey"]["scheme"] == "bearer"
    assert schemes["memberSession"]["in"] == "cookie"
    operation = document["paths"]["/who/"]["post"]
    assert operation["security"] == [{"apiKey": []}, {"memberSession": []}]
