"""Which format a client would like best (RFC 9110, 12.5.1)."""

from math import isnan

from edgebokeh import formats
from edgebokeh.serve.answers import MEDIA
from edgebokeh.serve.refusal import RefusedError

OFFERED = (".jpg", ".png", ".webp", ".avif")
"""What is offered beside a result's usual format."""


def chosen(accept: str, usual: str, *, alpha: bool) -> str:
    """The ending that a client likes best; the usual one where it likes none better.

    accept: the header, "" for none. alpha: the format has to hold a transparent background.
    Raises RefusedError, 406.
    """
    others = (one for one in OFFERED if formats.FORMATS[one].alpha or not alpha)
    offered = [usual, *(one for one in others if MEDIA[one] != MEDIA[usual.lower()])]
    if not accept.strip():
        return usual
    ranges = dict(_range(part) for part in accept.split(","))
    best = max(offered, key=lambda ending: _liked(MEDIA[ending.lower()], ranges))
    if not _liked(MEDIA[best.lower()], ranges):
        kinds = ", ".join(MEDIA[ending.lower()] for ending in offered)
        raise RefusedError(406, "not_acceptable", "the client accepts none of the formats", f"accept one of {kinds}")
    return best


def _range(part: str) -> tuple[str, float]:
    """A media range and how much it is liked, 0..1; what cannot be read counts as 1."""
    kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
    texts = [text[2:] for text in parameters if text.startswith("q=")]
    try:
        liked = float(texts[0]) if texts else 1.0
    except ValueError:
        liked = 1.0
    return kind, 1.0 if isnan(liked) else min(max(liked, 0.0), 1.0)


def _liked(kind: str, ranges: dict[str, float]) -> float:
    return next((ranges[one] for one in (kind, f"{kind.partition('/')[0]}/*", "*/*") if one in ranges), 0.0)
