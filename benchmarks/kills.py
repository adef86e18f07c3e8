"""Runs that are ended in the middle, and gone on with: python -m benchmarks.kills.

A folder of photos is worked through once without disturbance, then into another folder while the process is killed
(SIGKILL) again and again at random moments, then on a disk that is too small and grows (a tmpfs, where one can be
mounted). The results must be those of the undisturbed run, file for file, and nothing else. Exits with 1 where not.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from benchmarks.material import ROOT, photo
from benchmarks.tables import fixed_width, markdown, put
from edgebokeh.batch import journal
from edgebokeh.errors import ExitCode

NAME = "benchmarks.kills"

MEGAPIXELS = 0.1


def photos(folder: Path, count: int) -> None:
    """So many photos in ten subfolders, no two alike."""
    pixels, noise = photo(MEGAPIXELS), np.random.default_rng(1)
    for number in range(count):
        place = folder / f"{number % 10}" / f"{number:04}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        other = cv2.add(pixels, noise.integers(0, 9, pixels.shape, np.uint8))
        cv2.imwrite(str(place), other)


def command(source: Path, out: Path) -> list[str]:
    """What is run."""
    wish = ["--quality", "fast", "--json", "--quiet"]
    return [sys.executable, "-m", "edgebokeh", "blur", str(source), "-o", str(out), *wish]


def run(source: Path, out: Path) -> tuple[int, dict[str, int], str]:
    """A run to its end: exit code, its last row, the last line on standard error."""
    done = subprocess.run(command(source, out), capture_output=True, text=True, cwd=ROOT, check=False)
    rows = done.stdout.splitlines()
    return done.returncode, json.loads(rows[-1]) if rows else {}, (done.stderr.splitlines() or [""])[-1]


def timed(source: Path, out: Path) -> float:
    """Seconds of a run to its end."""
    start = time.monotonic()
    run(source, out)
    return time.monotonic() - start


def killed(source: Path, out: Path, seconds: float) -> bool:
    """A run that is killed after so many seconds; false where it was done before."""
    with subprocess.Popen(command(source, out), stdout=subprocess.DEVNULL, cwd=ROOT) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return True
    return False


def differences(one: Path, other: Path) -> list[str]:
    """Names of files that are not the same in both folders, but for the journal; also hidden ones."""
    files = [
        {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (one, other)
    ]
    names = set(files[0]) | set(files[1])
    return sorted(name for name in names - {journal.NAME} if files[0].get(name) != files[1].get(name))


def disturbed(source: Path, out: Path, kills: int, whole: float, start: float, seed: int) -> list[str]:
    """A line of the table: killed so often, each time at a random moment of its share of the work.

    whole, start: seconds of a run that does all, and of one that has nothing to do.
    """
    order, count = random.Random(seed), 0
    total = len(list(source.rglob("*.jpg")))
    torn = leftovers = 0
    for number in range(kills):
        left = 1 - len(list(out.rglob("*.bokeh.jpg"))) / total
        count += killed(source, out, order.uniform(0.1, start + (whole - start) * left / (kills - number)))
        if out.exists():
            leftovers += len(list(out.rglob(".edgebokeh-*.tmp")))
            lines = (out / journal.NAME).read_bytes() if (out / journal.NAME).exists() else b""
            torn += bool(lines) and not lines.endswith(b"\n")
    code, last, _ = run(source, out)
    told = f"{last.get('done')} done, {last.get('skipped')} skipped, {last.get('failed')} failed; exit code {code}"
    return [f"killed {count} times", f"{leftovers} half-written files, {torn} cut lines on the way", told]


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[bool]:
    """A tmpfs of that size; false where none can be mounted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def filled(source: Path, disk: Path, megabytes: int) -> list[str]:
    """A line of the table: a disk that is full, and has room for some more each time."""
    stops, error = 0, ""
    for size in range(1, megabytes):
        subprocess.run(["mount", "-o", f"remount,size={size * 1024}k", str(disk)], check=True)
        code, last, told = run(source, disk)
        if code == ExitCode.OK:
            break
        stops, error = stops + 1, told
    end = f"{last.get('done')} done, {last.get('skipped')} skipped, {last.get('failed')} failed; exit code {code}"
    return [f"full {stops} times", error.replace(str(disk), "DISK"), end]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=300, metavar="N", help="small ones (300)")
    parser.add_argument("--kills", type=int, default=20, metavar="N", help="at random moments (20)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the moments (0)")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table between its marks in a page")
    options = parser.parse_args(arguments)
    lines, wrong = [["", "on the way", "the last run", "files that differ"]], 0
    with tempfile.TemporaryDirectory() as parent:
        source, whole, out, disk = (Path(parent, name) for name in ("in", "whole", "out", "disk"))
        photos(source, options.photos)
        line = disturbed(source, out, options.kills, timed(source, whole), timed(source, whole), options.seed)
        wrong += len(found := differences(whole, out))
        lines.append([*line, str(len(found))])
        with small_disk(disk, 1024) as mounted:
            if mounted:
                line = filled(source, disk, 1024)
                wrong += len(found := differences(whole, disk))
                lines.append([*line, str(len(found))])
            else:
                lines.append(["a full disk", "not tried: none can be mounted", "", ""])
        count = sum(path.is_file() for path in whole.rglob("*")) - 1
    lines[0][0] = f"{options.photos} photos, {count} results"
    print(fixed_width(lines))
    if options.write:
        put(options.write, NAME, markdown(lines))
    return int(bool(wrong) or count != options.photos)


if __name__ == "__main__":
    sys.exit(main())
