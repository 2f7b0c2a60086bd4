"""The folder that holds what outlives a run: servers' files, secrets, pid files."""

import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from advisor.supervisor.failures import CannotStart

PROJECT = Path(__file__).resolve().parent.parent.parent

# A Unix socket's path may hold 104 bytes (macOS; 108 on Linux), the end included.
SOCKET_PATH_BYTES = 103


@dataclass(frozen=True, slots=True)
class State:
    """Paths below one state folder (`var/` unless told otherwise)."""

    folder: Path

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data directory."""
        return self.folder / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's working directory."""
        return self.folder / "valkey"

    @property
    def pids(self) -> Path:
        """One file per running program, named after it."""
        return self.folder / "pids"

    @property
    def runtime(self) -> Path:
        """A private folder short enough for a Unix socket's path."""
        inside = self.folder / "runtime"
        # The wheel appends its name, a hash of ten characters and the socket's.
        longest = inside / "python_PostgresServer" / ("x" * 10) / ".s.PGSQL.5432.lock"
        if len(os.fsencode(longest)) <= SOCKET_PATH_BYTES:
            return inside
        mark = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:10]
        return Path(tempfile.gettempdir()) / f"rightsize-{os.getuid()}-{mark}"

    def create(self) -> None:
        """Make the folders; fail with a sentence where that is not allowed."""
        try:
            for folder in (self.folder, self.valkey, self.pids):
                folder.mkdir(parents=True, exist_ok=True)
            _make_private(self.runtime)
            probe = self.pids / ".probe"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise CannotStart(
                f"Cannot write to {self.folder} ({error.strerror}): make the folder"
                " writable for you, or name another one with RIGHTSIZE_STATE."
            ) from error

    def secret(self, name: str) -> str:
        """Return the secret `name`, made at first use and readable by us only."""
        path = self.folder / f"{name}.secret"
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text()


def _make_private(folder: Path) -> None:
    """Create a folder for our eyes only; refuse one that someone else made."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise CannotStart(
            f"{folder} belongs to another user: remove it, or name a shorter"
            " state folder with RIGHTSIZE_STATE."
        )
