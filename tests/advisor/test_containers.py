"""Dockerfile and compose file, checked by parser, without a container engine."""

import re
from pathlib import Path

import pytest
import yaml
from dockerfile_parse import DockerfileParser

PROJECT = Path(__file__).resolve().parent.parent.parent
PROCESSES = ("web", "worker", "measurer", "beat")
OURS = (*PROCESSES, "migrate")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((PROJECT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def dockerfile(tmp_path_factory):
    # The parser opens its file for writing too, so it gets a copy.
    copy = tmp_path_factory.mktemp("image") / "Dockerfile"
    copy.write_text((PROJECT / "Dockerfile").read_text())
    return DockerfileParser(path=str(copy))


def instructions(dockerfile, name):
    return [one["value"] for one in dockerfile.structure if one["instruction"] == name]


def test_the_image_is_slim_and_built_in_two_stages(dockerfile):
    assert dockerfile.is_multistage
    assert all(image.endswith("-slim") for image in dockerfile.parent_images)


def test_the_image_runs_as_a_user_without_rights(dockerfile):
    names = [one["instruction"] for one in dockerfile.structure]

    assert instructions(dockerfile, "USER") == ["10001"]
    assert names.index("USER") > max(
        at for at, name in enumerate(names) if name in {"RUN", "COPY"}
    )


def test_the_image_reports_its_health(dockerfile):
    assert "/livez" in instructions(dockerfile, "HEALTHCHECK")[0]


def test_the_image_installs_the_production_lock_only(dockerfile):
    text = dockerfile.content

    assert "requirements.lock" in text
    assert "requirements-dev.lock" not in text


def test_everything_the_image_copies_exists(dockerfile):
    sources = [
        source
        for value in instructions(dockerfile, "COPY")
        if not value.startswith("--from")
        for source in value.split()[:-1]
    ]

    assert {source for source in sources if not (PROJECT / source).exists()} == set()
    assert {"accounts", "advisor", "benchmarks", "catalog", "workloads"} <= {*sources}


def test_compose_runs_servers_and_our_processes(compose):
    services = compose["services"]

    assert {"postgres", "valkey", *OURS} == {*services}
    assert services["postgres"]["image"] == "postgres:18"
    assert services["valkey"]["image"].startswith("valkey/valkey:")


@pytest.mark.parametrize("name", ["postgres", "valkey", *PROCESSES])
def test_every_lasting_service_has_a_health_check(compose, name):
    check = compose["services"][name]["healthcheck"]

    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries"} <= {*check}


@pytest.mark.parametrize("name", PROCESSES)
def test_processes_wait_for_servers_and_migrations(compose, name):
    waits = compose["services"][name]["depends_on"]

    assert waits == {
        "postgres": {"condition": "service_healthy"},
        "valkey": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }


def test_no_secret_has_a_default(compose):
    for name in ("SECRET_KEY", "DATABASE_URL"):
        value = compose["services"]["web"]["environment"][name]

        assert re.search(r"\$\{\w+:\?", value), name


def test_our_containers_cannot_write_or_gain_rights(compose):
    for name in OURS:
        service = compose["services"][name]

        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def procfile():
    lines = (PROJECT / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines)


def test_the_procfile_names_the_same_processes():
    assert tuple(procfile()) == PROCESSES


@pytest.mark.parametrize(
    ("name", "queue"), [("worker", "celery"), ("measurer", "benchmarks")]
)
def test_each_worker_has_its_queue_and_name_in_both_files(compose, name, queue):
    commands = compose["services"][name]["command"], procfile()[name].split()

    for command in commands:
        assert command[command.index("--queues") + 1] == queue
        assert command[command.index("--hostname") + 1] == f"{name}@%h"
