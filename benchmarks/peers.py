"""Other tools beside edgebokeh, where they are installed; in their own interpreter, so that none is a dependency."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.duels import Side
from benchmarks.material import JPEG_QUALITY

MEDIAPIPE = f"""
import pathlib, sys, time
import cv2, mediapipe, numpy
finder = mediapipe.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0)
data, kernel = pathlib.Path(sys.argv[1]).read_bytes(), int(sys.argv[2])

def blur():
    photo = cv2.imdecode(numpy.frombuffer(data, numpy.uint8), cv2.IMREAD_COLOR)
    person = finder.process(cv2.cvtColor(photo, cv2.COLOR_BGR2RGB)).segmentation_mask > 0.5
    blurred = cv2.GaussianBlur(photo, (kernel, kernel), 0)
    result = numpy.where(person[..., None], photo, blurred)
    cv2.imencode(".jpg", result, (cv2.IMWRITE_JPEG_QUALITY, {JPEG_QUALITY}))

blur()
print("ready", flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    blur()
    print((time.perf_counter() - start) * 1000, flush=True)
"""
"""The same finder in its authors' library, with a Gaussian blur and a hard join, JPEG to JPEG, once for each line."""


class PeerAbsentError(Exception):
    """A tool is not there, or does not run; the text says why."""


@contextmanager
def mediapipe(python: str, photo: Path, kernel: int) -> Iterator[Side]:
    """A side of a duel that another interpreter runs, warm. Raises PeerAbsentError."""
    command = [python, "-c", MEDIAPIPE, str(photo), str(kernel)]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdin
        assert process.stdout
        asking, answers = process.stdin, process.stdout
        if not answers.readline():
            log.seek(0)
            raise PeerAbsentError(_last_line(log.read()))

        def side() -> float:
            asking.write("\n")
            asking.flush()
            return float(answers.readline())

        yield side


def check(command: list[str]) -> None:
    """Raises PeerAbsentError where a command fails."""
    try:
        subprocess.run(command, capture_output=True, check=True, text=True)
    except subprocess.CalledProcessError as error:
        raise PeerAbsentError(_last_line(error.stderr)) from error


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it said nothing"])[-1]
