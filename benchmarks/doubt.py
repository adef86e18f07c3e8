"""What disagreement between the networks' looks tells about false people: python -m benchmarks.doubt --eval DIR.

For each photo's largest region that the finder takes for a person: how well the finder's look at it agrees with that of
the mirror image (mirror), and with the look at the whole (whole), and how well the matting network's drawing agrees
with the finder's look into the same crop (drawn); all as intersection over union. `edgebokeh.subject` has the
thresholds.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2

from edgebokeh import crops, engine, matte, subject
from edgebokeh.arrays import Pixels
from edgebokeh.catalog import find
from edgebokeh.images import Photo
from edgebokeh.look import QUALITIES
from edgebokeh.source import held
from edgebokeh.stages import Clock
from edgebokeh.tiles import inside, resize

FRAMES = 15
"""Of a clip, one of so many frames is looked at."""


def photos(folder: Path) -> Iterator[tuple[str, Pixels]]:
    """Name and pixels of every photo, and of some frames of every clip, of a folder."""
    for path in sorted(folder.glob("*")):
        if path.suffix != ".mp4":
            picture = cv2.imread(str(path))
            if picture is not None:
                yield path.stem, picture
            continue
        clip, number = cv2.VideoCapture(str(path)), 0
        while (frame := clip.read())[0]:
            if number % FRAMES == 0:
                yield f"{path.stem[:12]} {number}", frame[1]
            number += 1


def agreements(networks: subject.Networks, pixels: Pixels) -> dict[str, float] | None:
    """What is measured of one photo, or None where nobody is found or only by the look at the whole."""
    clock, source = Clock(), held(Photo(pixels))
    first = subject._look(networks.finder, source.small, True, clock)
    whole = resize(first.matte, source.small.shape[:2])
    people = crops.people(whole, subject.SMALLEST)
    if not people or networks.matting is None:
        return None
    box = subject._grown_to_fit(networks.finder, source, whole, people[0], subject.DRAW_MARGIN, {}, clock)
    crop = source.cut(box, QUALITIES["best"].matting, clock)
    near = subject._look(networks.finder, crop, True, clock)
    shape = networks.matting.shaped(crop.shape[:2], QUALITIES["best"].matting)
    drawn = subject._look(networks.matting, crop, True, clock, shape).matte
    found = resize(near.matte, drawn.shape)
    if matte.share(found) == 0:
        return None
    part = matte.last_word(matte.restored(drawn, found), found)
    before = resize(whole[inside(box)], found.shape)
    return {
        "mirror": near.steady,
        "whole": matte.agreement(found, before),
        "drawn": matte.agreement(part, found),
    }


def main() -> None:
    """Prints a line for each photo without people, and the lowest agreements of those with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--eval", type=Path, required=True, metavar="DIR", help="the evaluation photos")
    root = parser.parse_args().eval
    networks = subject.Networks(engine.open_network(find("selfie")), engine.open_network(find("modnet")))
    for folder in ("no_person", "composites/images", "street/images", "video"):
        rows = {name: agreements(networks, pixels) for name, pixels in photos(root / folder)}
        seen = {name: row for name, row in rows.items() if row}
        print(f"{folder}: {len(rows)} photos, somebody found in {len(seen)}")
        for key in ("mirror", "whole", "drawn"):
            lowest = sorted((row[key], name) for name, row in seen.items())
            few = lowest if folder == "no_person" else lowest[:4]
            print(f"  {key:7} {', '.join(f'{value:.2f} ({name})' for value, name in few)}")


if __name__ == "__main__":
    main()
