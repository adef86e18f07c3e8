"""What the server itself refuses; what the photo or its options are refused for, edgebokeh's own errors say."""

from collections.abc import Mapping


class RefusedError(Exception):
    """A request that is not answered with what it asked for.

    status: of HTTP. kind: one word for programs. `str(refusal)` says what is wrong, hint what to do.
    """

    def __init__(
        self, status: int, kind: str, message: str, hint: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.hint, self.headers = status, kind, hint, dict(headers or {})
