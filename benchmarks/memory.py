"""Memory on Linux: the peak of a process that blurs one photo, and its growth over many.

python -m benchmarks.memory PHOTO LOOK prints as JSON the largest resident set, in bytes, of this process before and
after it blurred a photo. LOOK: settings of `edgebokeh.Look` as JSON. "Before" holds the interpreter, the libraries, and
the networks after a small photo.
"""

import json
import random
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.material import ROOT, jpeg, photo
from edgebokeh import Look, load

STATUS = Path("/proc/self/status")
KNOWN = STATUS.exists()
"""Whether the system tells."""

SMALL = 0.07
"""Megapixels of the photo that networks run on first: as large as they need it to run at their full size."""

SOAK_MEGAPIXELS = (0.3, 0.7, 1.0, 2.0, 3.0, 5.0, 8.0)

SETTLED = 10
"""After so many photos every buffer has been needed once."""


@dataclass(frozen=True, slots=True)
class Peak:
    """Largest resident sets in bytes: base with networks but no photo yet, and whole with the photo."""

    base: int
    whole: int


def resident(line: str) -> int:
    """What Linux tells of this process in bytes: VmHWM, its largest resident set, or VmRSS, that of now."""
    found = next(text for text in STATUS.read_text("utf-8").splitlines() if text.startswith(line))
    return int(found.split()[1]) * 1024


def peak(path: Path, settings: Mapping[str, Any]) -> Peak:
    """The middle one of three processes: what threads need at the same moment differs. path: a JPEG. settings: of the
    Look."""
    command = [sys.executable, "-m", "benchmarks.memory", str(path), json.dumps(settings)]
    runs = [subprocess.run(command, capture_output=True, check=True, text=True, cwd=ROOT) for _ in range(3)]
    peaks = [Peak(**json.loads(run.stdout)) for run in runs]
    return sorted(peaks, key=lambda one: one.whole - one.base)[1]


def blurred_once(path: Path, look: Look) -> Peak:
    """What `peak` measures, in this process."""
    bokeh = load()
    bokeh.convert(bytes(jpeg(photo(SMALL))), look=look)
    base = resident("VmHWM")
    bokeh.convert(path.read_bytes(), look=look)
    return Peak(base, resident("VmHWM"))


def soak(count: int, look: Look | None = None) -> dict[str, int]:
    """Resident bytes of this process before and after many photos of different sizes, and after the first SETTLED."""
    order, bokeh = random.Random(0), load()
    files = [bytes(jpeg(photo(megapixels))) for megapixels in SOAK_MEGAPIXELS]
    seen = {"start": resident("VmRSS")}
    for number in range(1, count + 1):
        bokeh.convert(order.choice(files), look=look)
        if number == SETTLED:
            seen["settled"] = resident("VmRSS")
    return {**seen, "end": resident("VmRSS")}


if __name__ == "__main__":
    print(json.dumps(asdict(blurred_once(Path(sys.argv[1]), Look(**json.loads(sys.argv[2]))))))
