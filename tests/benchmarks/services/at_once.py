"""The same call in several threads, each with a database connection of its own."""

from threading import Barrier, Thread

from django.db import connection


def at_once(times, call):
    """Return what each of so many calls returned, all of them begun together."""
    barrier = Barrier(times)
    returned = []

    def one():
        try:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            returned.append(call())
        finally:
            connection.close()

    threads = [Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(returned) == times
    return returned
