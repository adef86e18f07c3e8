"""Memory that a plan takes for each of its photos: python -m benchmarks.plans.

A folder of this machine and one of a store (memory://, which tells of objects what others tell) hold so many empty
files; what Python allocates is counted (tracemalloc) while they are found and planned, and while a journal has a line
for each. What a run keeps is the plan and the journal's lines.
"""

import argparse
import gc
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from benchmarks.tables import fixed_width, markdown, put
from edgebokeh import places
from edgebokeh.batch import journal
from edgebokeh.batch.plan import Plan, plan
from edgebokeh.batch.standing import begun
from edgebokeh.places import Place

NAME = "benchmarks.plans"

EACH = 500
"""Photos in a folder."""

Made = TypeVar("Made")


def filled(root: Place, count: int) -> Place:
    """A folder with so many photos, of which nothing but names and sizes is looked at."""
    for number in range(count):
        folder = root / "photos" / f"2024-{number // EACH:05}"
        places.make_folder(folder)
        places.write(b"", folder / f"IMG_{number:08}.jpg")
    return root / "photos"


def counted(make: Callable[[], Made]) -> tuple[Made, int, int]:
    """What is made, bytes that it takes, and bytes that making it took at most."""
    gc.collect()
    tracemalloc.start()
    made = make()
    gc.collect()
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return made, kept, most


def noted(planned: Plan) -> Place:
    """The folder of a journal with a line for each photo."""
    if planned.folder is None:
        raise ValueError("a journal needs a folder")
    with journal.opened(planned.folder) as log:
        for number, job in enumerate(planned.jobs):
            entry = begun(job, "new", None, planned.folder, "0123456789abcdef")
            log.note(
                replace(entry, status="done", photo=f"{number:032x}", written=1, written_ns=1, result=f"{-number:032x}")
            )
    return planned.folder


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=5000, metavar="N", help="how many (5000)")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table between its marks in a page")
    options = parser.parse_args(arguments)
    lines = [[f"bytes for each of {options.photos} photos", "plan", "most while it is made", "journal"]]
    with tempfile.TemporaryDirectory() as folder:
        for where, root in {"this machine": Path(folder), "a store": places.place(f"memory:/{folder}")}.items():
            source = filled(root, options.photos)
            planned, kept, most = counted(lambda source=source, root=root: plan([source], root / "out"))  # type: ignore[misc]
            noting = noted(planned)
            _, known, _ = counted(lambda noting=noting: journal.read(noting))  # type: ignore[misc]
            lines.append([where, *(str(size // options.photos) for size in (kept, most, known))])
    print(fixed_width(lines))
    if options.write:
        put(options.write, NAME, markdown(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
