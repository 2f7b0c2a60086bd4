"""Everything that endpoints do wrong: one function per fault, found by its name."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from benchmarks.simulator.plan import Plan
from benchmarks.simulator.script import (
    LAST_CHUNK,
    End,
    Piece,
    Script,
    answer,
    chunked,
    plain,
    stream_head,
)
from benchmarks.simulator.wordings import Wording

METADATA_URL = "http://169.254.169.254/latest/meta-data/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a fault is applied to."""

    plan: Plan
    wording: Wording
    authorization: str = ""
    retry_after: str | None = None
    seeded: bool = False
    old_limit: bool = True  # by `max_tokens`

    def answered(self, *fields: str, **changes: object) -> Script:
        """Return the faultless reply to a plan with some changes."""
        return answer(replace(self.plan, **changes), self.wording, *fields)  # type: ignore[arg-type]  # names of its fields

    def ended(self, end: End) -> Script:
        """Return the faultless reply, ended in the middle in that way."""
        return self.answered().first_half(end)


def rate_limited(asked: Asked) -> Script:
    fields = [] if asked.retry_after is None else [f"Retry-After: {asked.retry_after}"]
    error = {"message": "Slow down", "type": "rate_limit_error"}
    return plain(429, {"error": error}, *fields)


def unauthorized(asked: Asked) -> Script:
    """Quote the key, as careless servers do."""
    message = f"Incorrect API key provided: {asked.authorization}"
    return plain(401, {"error": {"message": message, "type": "authentication_error"}})


def not_found(asked: Asked) -> Script:
    message = f"The model {asked.plan.model} does not exist ({asked.authorization})"
    return plain(404, {"error": {"message": message, "code": "model_not_found"}})


def filtered_prompt(asked: Asked) -> Script:
    error = {"message": "The prompt was filtered", "code": "content_filter"}
    return plain(400, {"error": error})


def renamed_limit(asked: Asked) -> Script:
    """Turn down `max_tokens`, in the words of OpenAI's newer models."""
    if not asked.old_limit:
        return asked.answered()
    message = (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use"
        " 'max_completion_tokens' instead."
    )
    return plain(400, {"error": {"message": message, "type": "invalid_request_error"}})


def unknown_seed(asked: Asked) -> Script:
    """Turn down what has a seed, as strict servers do; answer what has none."""
    if not asked.seeded:
        return asked.answered()
    detail = [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]
    return plain(422, {"message": str(detail), "type": "invalid_request_error"})


def truncated(asked: Asked) -> Script:
    """End the HTTP body properly, but the answer not at all."""
    half = asked.ended(End.COMPLETE)
    return replace(half, pieces=(*half.pieces, Piece(half.pieces[-1].at_s, LAST_CHUNK)))


def wrong_words(asked: Asked, words: bytes) -> Script:
    """Put something else into the middle of the stream."""
    half = asked.ended(End.HANG)
    middle = Piece(half.pieces[-1].at_s, chunked(words))
    return replace(half, pieces=(*half.pieces, middle))


def double_encoded(asked: Asked) -> Script:
    once = asked.wording.tokens(asked.plan, 1, 1, False)
    inner = once.partition(b"data: ")[2].strip()
    twice = b"data: " + msgspec.json.encode(inner.decode()) + b"\n\n"
    return wrong_words(asked, twice)


def drip(asked: Asked) -> Script:
    script = asked.answered()
    return replace(
        script, pieces=script.pieces[:-1], end=End.REPEAT, every_s=asked.plan.itl_s
    )


def endless_event(asked: Asked) -> Script:
    """Send one event that never ends, 64 KiB at a time."""
    opening = Piece(0.0, stream_head() + chunked(b'data: {"id": "'))
    more = Piece(0.0, chunked(b"x" * 65_536))
    return Script(pieces=(opening, more), end=End.REPEAT, every_s=0.001)


def compressed(asked: Asked) -> Script:
    """Compress the stream, flushed after every piece, though nobody asked for it."""
    squeeze = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    plan, wording = asked.plan, asked.wording

    def piece(at_s: float, words: bytes, tokens: int = 0) -> Piece:
        packed = squeeze.compress(words) + squeeze.flush(zlib.Z_SYNC_FLUSH)
        return Piece(at_s, chunked(packed), tokens)

    opening = piece(0.0, wording.opening(plan))
    start = stream_head("Content-Encoding: gzip")
    pieces = [replace(opening, content=start + opening.content)]
    for at_s, tokens, so_far, reasoning in plan.chunks():
        pieces.append(
            piece(at_s, wording.tokens(plan, tokens, so_far, reasoning), tokens)
        )
    ending = chunked(squeeze.compress(wording.closing(plan)) + squeeze.flush())
    pieces.append(Piece(pieces[-1].at_s, ending + LAST_CHUNK))
    return Script(pieces=tuple(pieces))


def compressed_bomb(asked: Asked) -> Script:
    """Send 256 MiB of comments in a few hundred kB."""
    squeeze = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    comments = b": nothing\n\n\n\n\n\n\n" * (1024 * 1024 // 16)
    # A full flush makes each part independent of those before it.
    first, again = (
        squeeze.compress(comments) + squeeze.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )
    content = stream_head("Content-Encoding: gzip") + chunked(first + again * 255)
    return Script(pieces=(Piece(0.0, content),), end=End.HANG)


def empty(asked: Asked) -> Script:
    return asked.answered(output_tokens=0, reasoning_tokens=0, finish="stop")


def silent(end: End) -> Callable[[Asked], Script]:
    return lambda asked: Script(pieces=(), end=end)


def html(status: int) -> Callable[[Asked], Script]:
    page = "<!doctype html><title>Gateway</title><p>data: none"
    return lambda asked: plain(status, page)


def failing(status: int) -> Callable[[Asked], Script]:
    error = {"error": {"message": "It broke", "type": "server_error"}}
    return lambda asked: plain(status, error)


FAULTS: dict[str, Callable[[Asked], Script]] = {
    "cut": lambda asked: asked.ended(End.CLOSE),
    "about_seeds": lambda asked: unknown_seed(replace(asked, seeded=True)),
    "compressed": compressed,
    "compressed_bomb": compressed_bomb,
    "content_filter": lambda asked: asked.answered(finish="content_filter"),
    "double_encoded": double_encoded,
    "drip": drip,
    "empty": empty,
    "endless_event": endless_event,
    "error_in_stream": lambda asked: wrong_words(asked, asked.wording.failure()),
    "filtered_prompt": filtered_prompt,
    "hang_before": silent(End.HANG),
    "hang_mid": lambda asked: asked.ended(End.HANG),
    "html": html(200),
    "keep_alive_close": lambda asked: replace(
        asked.answered("Connection: keep-alive"), end=End.CLOSE
    ),
    "malformed": lambda asked: wrong_words(asked, b'data: {"choices": [\n\n'),
    "no_usage": lambda asked: asked.answered(usage="none"),
    "not_found": not_found,
    "not_http": lambda asked: Script(
        pieces=(Piece(0.0, b"220 mail.example.com ESMTP\r\n"),), end=End.HANG
    ),
    "rate_limited": rate_limited,
    "redirect": lambda asked: plain(302, {}, f"Location: {METADATA_URL}"),
    "refusal": lambda asked: asked.answered(refusal=True, finish="stop"),
    "renamed_limit": renamed_limit,
    "reset_before": silent(End.RESET),
    "reset_mid": lambda asked: asked.ended(End.RESET),
    "running_usage": lambda asked: asked.answered(usage="running"),
    "server_error": failing(500),
    "truncated": truncated,
    "unauthorized": unauthorized,
    "unknown_seed": unknown_seed,
    # The finish reason says that it is over, the protocol's own end is missing.
    "unfinished": lambda asked: replace(asked.answered(stops=False), end=End.CLOSE),
    "usage_twice": lambda asked: asked.answered(usage="twice"),
    "wrong_model": lambda asked: asked.answered(model="another-model"),
}
