"""How a request fails."""

from benchmarks.harness.samples import ErrorKind


class Miss(Exception):
    """Why a request has no usable answer; `detail` is short and free of secrets."""

    def __init__(self, kind: ErrorKind, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
