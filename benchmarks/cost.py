"""What each preset costs on a 12-megapixel JPEG, on Linux: python -m benchmarks.cost [--rounds 7].

The photo is the sample portrait, enlarged. Time is that of a whole walk, decoding and encoding included, in one process
with the presets taking turns, so that a machine that drifts slows all of them; memory is the largest resident set of a
process of its own that blurs the photo once, less that of one that only imports.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2

from edgebokeh import Bokeh, decode, load
from edgebokeh.look import QUALITIES, Look

SAMPLE = Path(__file__).resolve().parent.parent / "docs" / "sample" / "astronaut.png"
SIZE = (3464, 3464)

ONE = """
import sys
import cv2, numpy, onnxruntime
import edgebokeh
if sys.argv[1] != "nothing":
    data = open(sys.argv[2], "rb").read()
    edgebokeh.load().convert(data, look=edgebokeh.Look(quality=sys.argv[1]))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
"""The child's own high-water mark, from Linux: ru_maxrss would begin with the parent's."""


def photo() -> bytes:
    """A JPEG of 12 megapixels."""
    pixels = cv2.resize(decode(SAMPLE.read_bytes()).pixels, SIZE, interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", pixels)[1].tobytes()


def times(bokeh: Bokeh, data: bytes, rounds: int) -> dict[str, list[dict[str, float]]]:
    """Milliseconds by stage, for each preset and round."""
    spent: dict[str, list[dict[str, float]]] = {name: [] for name in QUALITIES}
    for number in range(rounds + 1):
        for name in QUALITIES:
            _, result = bokeh.convert(data, look=Look(quality=name))
            if number:
                spent[name].append(dict(result.milliseconds))
    return spent


def peak(name: str, path: str) -> int:
    """The largest resident set, in MB, of a process that blurs the photo once with a preset, or does "nothing"."""
    run = subprocess.run([sys.executable, "-c", ONE, name, path], capture_output=True, check=True, text=True)
    return int(run.stdout) // 1024


def main() -> None:
    """Prints a line for each preset."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    data = photo()
    spent = times(load(), data, rounds)
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        file.write(data)
        file.flush()
        base = peak("nothing", file.name)
        print(f"{'preset':10} {'ms':>6} {'fastest':>8} {'memory':>8}   stages of the median round")
        for name, rows in spent.items():
            middle = sorted(rows, key=lambda row: sum(row.values()))[len(rows) // 2]
            totals = [sum(row.values()) for row in rows]
            stages = " ".join(f"{stage} {value:.0f}" for stage, value in middle.items())
            memory = peak(name, file.name) - base
            print(f"{name:10} {statistics.median(totals):6.0f} {min(totals):8.0f} {memory:5} MB   {stages}")
        print(f"an interpreter with its libraries alone: {base} MB")


if __name__ == "__main__":
    main()
