"""Runs a stranger's query where it does no harm: in memory, read-only, on a clock."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from time import monotonic

Rows = list[tuple[object, ...]]

QUERY_LIMIT_S = 0.5
MOST_ROWS = 1_000
LARGEST_DATABASE = 4_000_000  # bytes
# Of all such connections of a process together.
MOST_MEMORY = 128_000_000  # bytes
_STEPS_BETWEEN_LOOKS = 1_000
_READS = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    }
)
# What attaches files, loads code or changes the engine; the rest is in memory.
_NEVER = frozenset(
    {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_PRAGMA}
)
_UNRULY = frozenset(
    {"load_extension", "random", "randomblob", "zeroblob", "fts3_tokenizer"}
)
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}


class QueryFailed(Exception):
    """The query, or the schema under it, could not be run; says why."""


def rows_of(schema: str, query: str) -> Rows:
    """Return the rows of one query over a schema.

    Raises QueryFailed when either cannot be run, takes too long or gives too much.
    """
    with _failures(), closing(_connected()) as connection:
        connection.deserialize(_database(schema))
        _guard(connection, lambda action: action in _READS)
        rows = connection.execute(query.rstrip().rstrip(";")).fetchmany(MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        raise QueryFailed(f"it gives more than {MOST_ROWS:,} rows")
    return rows


@lru_cache(maxsize=64)
def _database(schema: str) -> bytes:
    """Return the database that a schema makes; asked for again with every answer."""
    with closing(_connected()) as connection:
        _guard(connection, lambda action: action not in _NEVER)
        connection.execute("BEGIN")
        connection.executescript(schema)
        connection.set_authorizer(None)  # it would refuse the next line's own PRAGMA
        made = connection.serialize()
    if len(made) > LARGEST_DATABASE:
        raise QueryFailed("the schema makes too large a database")
    return made


def _connected() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for limit, most in _LIMITS.items():
        connection.setlimit(limit, most)
    connection.execute(f"PRAGMA hard_heap_limit = {MOST_MEMORY}")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _guard(connection: sqlite3.Connection, allows: Callable[[int], bool]) -> None:
    """Let a connection do only what is allowed, and only until its time is up."""
    deadline = monotonic() + QUERY_LIMIT_S

    def authorize(action: int, _: str | None, name: str | None, *__: str | None) -> int:
        unruly = action == sqlite3.SQLITE_FUNCTION and (name or "").lower() in _UNRULY
        return (
            sqlite3.SQLITE_DENY if unruly or not allows(action) else sqlite3.SQLITE_OK
        )

    connection.set_authorizer(authorize)
    connection.set_progress_handler(
        lambda: int(monotonic() > deadline), _STEPS_BETWEEN_LOOKS
    )


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except sqlite3.Warning as error:
        raise QueryFailed("give one statement alone") from error
    except (sqlite3.Error, MemoryError, OverflowError, ValueError) as error:
        # Python's own MemoryError says nothing.
        raise QueryFailed(str(error) or "out of memory") from error
