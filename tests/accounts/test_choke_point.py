"""No view reads a tenant's rows but through `accounts.tenancy.scoped`."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import URLPattern, get_resolver

from accounts.tenancy import TenantOrPublic, TenantOwned

PROJECT = Path(__file__).resolve().parent.parent.parent
APPS = ("accounts", "advisor", "benchmarks", "catalog", "workloads")
MANAGERS = {"objects", "_default_manager", "_base_manager"}


def is_tenants(model):
    return issubclass(model, TenantOwned | TenantOrPublic)


def modules_of_views():
    for app in APPS:
        for path in (PROJECT / app).rglob("*.py"):
            if path.stem == "views" or path.parent.name == "views":
                yield path


def unscoped_reads(source, tenants):
    """Return (line, text) of each use of a tenant model's manager but `.none()`."""
    nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Attribute)]
    of_none = {node.value for node in nodes if node.attr == "none"}
    return [
        (node.lineno, ast.unparse(node))
        for node in nodes
        if node not in of_none
        and node.attr in MANAGERS
        and isinstance(node.value, ast.Name | ast.Attribute)
        and ast.unparse(node.value).rpartition(".")[2] in tenants
    ]


def views_of(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            view = pattern.callback
            yield getattr(view, "cls", None) or getattr(view, "view_class", None)
        else:
            yield from views_of(pattern.url_patterns)


def test_no_module_of_views_asks_a_tenants_table_itself():
    tenants = {model.__name__ for model in apps.get_models() if is_tenants(model)}
    paths = list(modules_of_views())

    found = {
        f"{path.relative_to(PROJECT)}:{line}": text
        for path in paths
        for line, text in unscoped_reads(path.read_text(), tenants)
    }

    assert paths
    assert found == {}


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("Workload.objects.filter(pk=1)", 1),
        ("models.Workload._default_manager.get()", 1),
        ("scoped(Workload, request)", 0),
        ("Workload.objects.none()", 0),
        ("Provider.objects.all()", 0),
    ],
)
def test_an_unscoped_read_would_be_seen(source, count):
    assert len(unscoped_reads(source, {"Workload"})) == count


def test_no_view_is_served_that_holds_a_query_of_tenants_rows():
    """A class attribute `queryset` knows no caller, so it cannot be scoped."""
    views = {view for view in views_of(get_resolver().url_patterns) if view}

    unscoped = [
        view.__qualname__
        for view in views
        if getattr(view, "queryset", None) is not None
        and is_tenants(view.queryset.model)
    ]

    assert views
    assert unscoped == []
