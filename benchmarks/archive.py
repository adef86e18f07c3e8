"""A large folder with bad files in it: python -m benchmarks.archive.

1,000 photos of 640 pixels, of which 50 are none, are worked through by one process, whose memory is looked at as it
works. There must be 950 results, 50 rows with an error, the exit code for "some failed", and no growth of memory after
the first photos. Exits with 1 where not.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.material import ROOT, photo
from benchmarks.memory import KNOWN
from benchmarks.tables import fixed_width, markdown, put
from edgebokeh.batch import journal
from edgebokeh.errors import ExitCode

NAME = "benchmarks.archive"

TENTHS = 10
"""Of the photos, by which memory is looked at; in the first one every buffer is needed once."""

GROWTH = 0.1
"""How much it may, as a share."""

SIDE = 640


def photos(folder: Path, count: int, bad: int) -> None:
    """So many photos, of which each of so many is bad in one of four ways."""
    folder.mkdir()
    pixels, noise = cv2.resize(photo(0.4), (SIDE, SIDE)), np.random.default_rng(1)
    every = count // bad if bad else count + 1
    for number in range(count):
        other = cv2.add(pixels, noise.integers(0, 9, pixels.shape, np.uint8))
        data = cv2.imencode(".jpg", other)[1].tobytes()
        if number % every == every - 1 and number // every < bad:
            data = (b"", b"no photo", data[: len(data) // 2], data[:100])[number // every % 4]
        (folder / f"{number:05}.jpg").write_bytes(data)


def resident(process: int) -> int:
    """Bytes that a process has in memory, 0 where the system does not tell."""
    if not KNOWN:
        return 0
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS")), 0)


def watched(source: Path, out: Path) -> tuple[int, list[dict[str, object]], list[int]]:
    """Exit code, rows of JSON, and the process's memory at each of them."""
    command = [sys.executable, "-m", "edgebokeh", "blur", str(source), "-o", str(out), "--json", "--quiet"]
    rows, sizes = [], []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT) as process:
        for line in process.stdout or ():
            rows.append(json.loads(line))
            if "input" in rows[-1]:
                sizes.append(resident(process.pid))
    return process.returncode, rows, sizes


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=1000, metavar="N", help="how many (1000)")
    parser.add_argument("--bad", type=int, default=50, metavar="N", help="of these (50)")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table between its marks in a page")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as parent:
        source, out = Path(parent, "in"), Path(parent, "out")
        photos(source, options.photos, options.bad)
        code, rows, sizes = watched(source, out)
        results = len(list(out.glob("*.jpg")))
        others = sorted(path.name for path in out.iterdir() if path.suffix != ".jpg")
    tenth = max(1, len(sizes) // TENTHS)
    tenths = [sorted(sizes[start : start + tenth])[tenth // 2] for start in range(0, len(sizes) - tenth + 1, tenth)]
    early, late = tenths[1] if len(tenths) > 1 else 0, max(tenths[2:], default=0)
    errors = sum("error" in row for row in rows)
    right = {
        "results": (results, results == options.photos - options.bad),
        "rows with an error": (errors, errors == options.bad),
        "exit code": (code, code == (ExitCode.SOME_FAILED if options.bad else ExitCode.OK)),
        "other files in the folder": (", ".join(others), others == [journal.NAME]),
        "memory during the second tenth, MB, median": (early // 2**20, True),
        "the largest such of a later tenth": (late // 2**20, late <= early * (1 + GROWTH)),
        "most memory ever, MB": (max(sizes, default=0) // 2**20, True),
    }
    lines = [[f"{options.photos} photos, {options.bad} bad", "", "verdict"]]
    lines += [[what, str(value), "ok" if good else "WRONG"] for what, (value, good) in right.items()]
    print(fixed_width(lines))
    if options.write:
        put(options.write, NAME, markdown(lines))
    return int(not all(good for _, good in right.values()))


if __name__ == "__main__":
    sys.exit(main())
