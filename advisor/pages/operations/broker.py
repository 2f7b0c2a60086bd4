"""What the broker and the workers behind it say, within moments even when silent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import redis
from celery import current_app
from django.conf import settings

# A page waits no longer than this for a broker that does not answer.
TIMEOUT_S = 0.5
# Workers answer within a few milliseconds; all that time is spent on stragglers.
PING_S = 0.4
HEARTBEAT = "rightsize:heartbeat"


class BrokerSilent(Exception):
    """The broker did not answer in time; no host name is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker that answered, and the queues that it takes messages from."""

    name: str
    queues: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerState:
    """Messages that wait in each queue, and the last moment beat and a worker met.

    `heartbeat_at` is None where there never was one since the broker was emptied.
    """

    waiting: dict[str, int]
    heartbeat_at: datetime | None


def queue_names() -> list[str]:
    """Return every queue that messages are sent to, the usual ones first."""
    own = dict.fromkeys(settings.BENCHMARK_QUEUES.values())
    return list(dict.fromkeys([*settings.CELERY_TASK_QUEUES, *own]))


def broker_state() -> BrokerState:
    """Read queue lengths and heartbeat in one trip; raise `BrokerSilent`."""
    names = queue_names()
    with _client() as client:
        pipeline = client.pipeline(transaction=False)
        for name in names:
            pipeline.llen(name)
        pipeline.get(HEARTBEAT)
        *lengths, beat = pipeline.execute()
    return BrokerState(
        waiting=dict(zip(names, lengths, strict=True)),
        heartbeat_at=None if beat is None else datetime.fromtimestamp(float(beat), UTC),
    )


def note_heartbeat(at: datetime) -> None:
    """Keep the moment at which a worker carried out what beat had sent."""
    with _client() as client:
        client.set(HEARTBEAT, at.timestamp())


def workers() -> list[Worker]:
    """Ask all workers which queues they serve; those that are alive answer.

    Takes `PING_S` in any case, since nobody knows how many there are. Raises
    `BrokerSilent`; call it only after `broker_state`, which finds that out sooner.
    """
    try:
        with current_app.connection_for_write() as connection:
            inspect = current_app.control.inspect(timeout=PING_S, connection=connection)
            replies: dict[str, list[dict[str, Any]]] = inspect.active_queues() or {}
    except (OSError, redis.RedisError) as error:
        raise BrokerSilent from error
    return [
        Worker(name=name, queues=tuple(sorted(queue["name"] for queue in queues)))
        for name, queues in sorted(replies.items())
    ]


@contextmanager
def _client() -> "Iterator[redis.Redis]":
    client = redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_connect_timeout=TIMEOUT_S,
        socket_timeout=TIMEOUT_S,
    )
    try:
        yield client
    except (OSError, redis.RedisError) as error:
        raise BrokerSilent from error
    finally:
        client.close()
