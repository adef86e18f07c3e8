"""What edgebokeh is compared with: the floor, one step after the other, and the usual methods."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest import mock

import cv2
import numpy as np
import onnxruntime

from benchmarks.duels import Side
from benchmarks.machine import cores
from benchmarks.material import decoded, jpeg
from edgebokeh.arrays import Mask, Pixels

Replay = Callable[[], Sequence[Any]]
"""Runs a network once more, on an input that is ready; returns its outputs."""


@contextmanager
def recorded() -> Iterator[list[Replay]]:
    """Collects every network run that happens within the block, in any thread: the same sessions, the same inputs."""
    runs: list[Replay] = []
    original = onnxruntime.InferenceSession.run

    def run(session: Any, names: Any, feed: Any, options: Any = None) -> Any:
        runs.append(partial(original, session, names, feed, options))
        return original(session, names, feed, options)

    with mock.patch.object(onnxruntime.InferenceSession, "run", run):
        yield runs


def floor(data: bytes, picture: Pixels, runs: Sequence[Replay]) -> None:
    """What no tool can leave out: the photo is decoded, the network runs, the result is encoded.

    data: the photo's JPEG. picture: the very result that edgebokeh makes of it, since a blurred one encodes faster.
    runs: networks on inputs that are ready.
    """
    decoded(data)
    for again in runs:
        again()
    jpeg(picture)


def plain(data: bytes, kernel: int, run: Replay) -> Pixels:
    """The source method as tutorials write it: a hard mask, the whole photo blurred, the two picked with numpy.where.

    run: the finder on an input that is ready, so that its making is not counted. Returns the bytes of a JPEG.
    """
    photo = decoded(data)
    person = (np.squeeze(run()[0]) > 0.5).astype(np.uint8)
    mask = cv2.resize(person, photo.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    blurred = cv2.GaussianBlur(photo, (kernel, kernel), 0)
    return jpeg(np.where(mask[..., None] == 1, photo, blurred))


def gaussian_and_bitwise(photo: Pixels, mask: Mask, kernel: int) -> Pixels:
    """The source method's blur and join alone. mask: H×W, 255 on the subject and 0 elsewhere."""
    blurred = cv2.GaussianBlur(photo, (kernel, kernel), 0)
    subject = cv2.bitwise_and(photo, photo, mask=mask)
    rest = cv2.bitwise_and(blurred, blurred, mask=cv2.bitwise_not(mask))
    return cv2.bitwise_or(subject, rest)


def on_all_cores(side: Side) -> Side:
    """A side with as many OpenCV threads as there are cores, whatever edgebokeh sets for itself."""

    def fair() -> float:
        before = cv2.getNumThreads()
        cv2.setNumThreads(cores())
        try:
            return side()
        finally:
            cv2.setNumThreads(before)

    return fair
