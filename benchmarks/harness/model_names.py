"""Whether the model that answered is the one that was asked for."""

import re

# Dates as OpenAI (-2024-08-06, -0613), Anthropic (-20241022) and Google (-002) write
# them, and the word that stands for the newest.
_DATED = re.compile(
    r"[-@](20\d\d-\d\d-\d\d|20\d{6}|[01]\d[0-3]\d|00\d|latest)(-v\d+(:\d+)?)?$"
)


def same_model(asked: str, served: str) -> bool:
    """Return whether a served name is the asked one, give or take date and owner.

    `gpt-4o` may be served as `gpt-4o-2024-08-06` and `org/name` as `name`, but not one
    date as another. A reply that names no model (empty) says nothing against it.
    """
    wanted, got = _bare(asked), _bare(served)
    return (
        not got or wanted == got or _undated(wanted) == got or wanted == _undated(got)
    )


def _bare(name: str) -> str:
    return name.strip().lower().rsplit("/", 1)[-1]


def _undated(name: str) -> str:
    return _DATED.sub("", name)
