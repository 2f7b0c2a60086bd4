"""JSON that two readers could take differently is refused."""

import json

import pytest
from rest_framework.test import APIClient

from tests.advisor.api.views import EchoView

pytestmark = pytest.mark.urls("tests.advisor.api.views")


def send(body):
    return APIClient().post(
        "/api/v1/echo/", body, content_type="application/json; charset=utf-8"
    )


def refusal_of(body):
    response = send(body)
    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["type"] == "urn:rightsize:problem:parse-error"
    return response.json()["detail"]


def nested(depth):
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    "body",
    [
        '{"a": [1, 2.5, "é", null, true]}',
        '"{[{[{["',
        nested(32),
        '\ufeff{"a": 1}',  # a byte order mark, as some editors write
        json.dumps({"a": "😀"}),  # escaped as a pair of surrogates
        r'{"a": "C:\\u0000"}',  # a backslash, not an escape
    ],
)
def test_json_is_read(body):
    response = send(body.encode())

    assert response.status_code == 200
    assert response.json()["read"] == json.loads(body.removeprefix("\ufeff"))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"a": 1,\n "b": }', "line 2, column 7"),
        ("{", "line 1, column 2"),
        (" ", "line 1, column 2"),
        ('{"a": 1} x', "line 1, column 10"),
        ('{"a": {"b": 1, "b": 2}}', '"b" stands twice'),
        ('{"NaN": "NaN",\n "a": NaN}', "NaN at line 2, column 7"),
        ("[-Infinity]", "-Infinity at line 1, column 2"),
        ("[1e999]", "1e999 is too large"),
        ("[" + "9" * 5000 + "]", "too many digits"),
        (b'{"a": "\xff"}', "byte 7"),
        ('{"a": 1}'.encode("utf-16"), "byte 0"),
        (nested(33), "32 levels"),
        (nested(100_000), "32 levels"),
        ('{"a":' * 33 + "1" + "}" * 33, "32 levels"),
        (r'{"a": ["\u0000"]}', 'under "a"'),
        (r'{"a": "\ud800"}', 'under "a"'),
        (r'{"\udfff": 1}', "half a character"),
    ],
)
def test_what_is_no_strict_json_is_refused(body, said):
    assert said in refusal_of(body if isinstance(body, bytes) else body.encode())


def test_a_huge_body_is_413(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    assert send(b'"' + b"a" * 98 + b'"').status_code == 200
    response = send(b'"' + b"a" * 99 + b'"')

    assert response.status_code == 413
    assert response.json()["type"] == "urn:rightsize:problem:too-large"


def test_a_body_of_more_than_a_mebibyte_is_413_unless_the_view_takes_it(monkeypatch):
    larger = b'"' + b"a" * (1024 * 1024 - 1) + b'"'  # 1 MiB + 1 byte

    refused = send(larger)
    monkeypatch.setattr(EchoView, "json_limit_bytes", len(larger), raising=False)
    taken = send(larger)

    assert refused.status_code == 413
    assert "larger than 1048576 bytes" in refused.json()["detail"]
    assert taken.status_code == 200


def test_without_a_limit_of_the_service_the_views_own_holds(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None

    assert send(b'"' + b"a" * 1_000_000 + b'"').status_code == 200
    assert send(b'"' + b"a" * 3_000_000 + b'"').status_code == 413
