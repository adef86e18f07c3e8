"""What came out of a photo, and what is told about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from edgebokeh.arrays import Matte, Pixels

Task = Literal["blur", "mask", "cutout"]
"""What is made of a photo."""


@dataclass(frozen=True, slots=True)
class Report:
    """What ran, and what was found.

    size: (height, width) of the photo, upright. share: the part of the picture that is subject, 0..1. person: whether
    that counts as a person.
    model: names of the networks that ran, the finder first, joined by "+".
    provider: a key of PROVIDERS, what really ran most of their nodes. provider_device: on which of its devices, ""
    for its usual one, or where it has one kind. provider_share: the share of these nodes, 0..1; None where onnxruntime
    does not tell.
    fallback: whether that is not the provider that was asked for first. provider_note: why, "" for no reason.
    threads: that worked. profile: the name of the device profile, None without one.
    notes: what of the photo's file the result does not have, each a few words; () where nothing is lost.
    milliseconds: by stage, in the order of the walk. What one thread decodes while another works already counts as
        decoding only where that one has to wait, so that the sum is the time that passed.
    """

    size: tuple[int, int]
    share: float
    person: bool
    model: str
    provider: str
    provider_device: str
    provider_share: float | None
    fallback: bool
    provider_note: str
    threads: int
    profile: str | None
    notes: tuple[str, ...]
    milliseconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Result(Report):
    """What came out, beside the report.

    pixels: for a blur H×W×3 in the order and dtype of the photo (a comparison is wider, and uint8), for a mask H×W
        uint8, for a cutout H×W×4, alpha last.
    matte: H×W float32 in [0, 1], 1 = subject; with `classic` only 0 and 1.
    """

    pixels: Pixels
    matte: Matte
