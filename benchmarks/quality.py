"""How good the pictures are: mattes, blurred photos and false people, on photos whose truth is known.

The folder of evaluation photos holds

    composites/images, alphas, plates   people put before known backgrounds: the ideal result is known exactly
    street/images, masks                photos of streets with hand-drawn masks
    no_person                           photos without people

A photo's ideal result is alpha · subject + (1 − alpha) · Gaussian(background). PSNR is measured against it over the
whole photo and within the band around the subject's edge. Exits with 1 where a figure misses its must.
"""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import edgebokeh
from benchmarks.bars import BARS, FIGURES
from benchmarks.tables import fixed_width, markdown
from edgebokeh import Bokeh, Look, Result, compose, load, matte
from edgebokeh.alpha import Alpha
from edgebokeh.arrays import Floats, Matte, Pixels
from edgebokeh.backdrop import backdrop
from edgebokeh.evaluate import pairs, score
from edgebokeh.images import Photo
from edgebokeh.look import QUALITIES
from edgebokeh.source import held
from edgebokeh.stages import STAGES, Clock

KERNEL = 77
"""Of the blur, in pixels."""

PEOPLE = ("composites", "street")
"""The folders of photos with people and their masks."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A column of the table: what runs, and the names of the BARS that it has to reach."""

    name: str
    bokeh: Bokeh
    look: Look
    musts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of one photo; what its folder has no truth for is None."""

    name: str
    folder: str
    person: bool
    iou: float | None
    boundary_iou: float | None
    error: float | None
    psnr: float | None
    band_psnr: float | None
    milliseconds: dict[str, float]


def ideal(image: Pixels, alpha: Matte, plate: Pixels, sigma: float) -> Floats:
    """The picture that a perfect matte gives, H×W×3 float32 in 0..255.

    image: H×W×3, alpha · subject + (1 − alpha) · plate. alpha: H×W in 0..1. plate: the background without the subject.
    """
    behind = (1 - alpha)[..., None]
    far = plate.astype(np.float32)
    subject = image - behind * far
    return np.clip(subject + behind * cv2.GaussianBlur(far, (0, 0), sigma), 0, 255)


def fidelity(picture: Pixels, wanted: Floats, alpha: Matte, sigma: float) -> tuple[float, float]:
    """PSNR of a picture in dB, over all of it and within two sigma of the pixels where alpha is soft."""
    soft = ((alpha > 0.02) & (alpha < 0.98)).astype(np.uint8)
    band = cv2.dilate(soft, np.ones((3, 3)), iterations=round(2 * sigma)) > 0
    squares = (picture - wanted) ** 2
    whole, near = (10 * float(np.log10(255**2 / max(part.mean(), 1e-6))) for part in (squares, squares[band]))
    return whole, near


def read(path: Path) -> Pixels:
    """A picture file's pixels, H×W×3 uint8."""
    return edgebokeh.decode(path.read_bytes(), path.name).pixels


def read_grey(path: Path) -> Matte:
    """A grey picture file, H×W float32 in 0..1."""
    return read(path)[..., 0] / np.float32(255)


def truths(root: Path) -> list[tuple[str, Path, Path | None]]:
    """Folder, photo and true mask, if there is one, of every photo."""
    composites = pairs(root / "composites/images", root / "composites/alphas")
    street = pairs(root / "street/images", root / "street/masks")
    return [
        *(("composites", photo, mask) for photo, mask in composites),
        *(("street", photo, mask) for photo, mask in street),
        *(("no_person", photo, None) for photo in sorted((root / "no_person").glob("*.jpg"))),
    ]


def look_at(setting: Setting, folder: str, path: Path, mask: Path | None) -> Seen:
    """Blurs one photo and measures what comes out."""
    pixels = read(path)
    result: Result = setting.bokeh.blur(pixels, setting.look)
    iou = boundary = error = psnr = band = None
    if mask:
        truth = read_grey(mask)
        # As a mask file holds it, in 8 bits.
        one = score((np.rint(result.matte * 255) / 255).astype(np.float32), truth)
        iou, boundary, error = one.iou, one.boundary_iou, one.error
        if folder == "composites":
            sigma = setting.look.sigma_for(*pixels.shape[:2])
            plate = read(path.parents[1] / "plates" / path.name)
            psnr, band = fidelity(result.pixels, ideal(pixels, truth, plate, sigma), truth, sigma)
    return Seen(path.stem, folder, result.person, iou, boundary, error, psnr, band, dict(result.milliseconds))


def measure(setting: Setting, photos: Sequence[tuple[str, Path, Path | None]]) -> list[Seen]:
    """Looks at every photo, the first one twice, since networks are slow the first time."""
    look_at(setting, *photos[0])
    rows = []
    for number, photo in enumerate(photos, 1):
        print(f"\r{setting.name}: {number} of {len(photos)} ", end="", file=sys.stderr, flush=True)
        rows.append(look_at(setting, *photo))
    print(file=sys.stderr)
    return rows


def figures(rows: Sequence[Seen]) -> dict[str, float]:
    """The figures of one setting, by their names in FIGURES."""

    def mean(folder: str, name: str) -> float:
        return float(np.mean([getattr(row, name) for row in rows if row.folder == folder]))

    return {
        "psnr": mean("composites", "psnr"),
        "band_psnr": mean("composites", "band_psnr"),
        **{f"{folder}_{name}": mean(folder, name) for folder in PEOPLE for name in ("iou", "boundary_iou", "error")},
        "false_people": len(wrong(rows)[0]),
        "lost_people": len(wrong(rows)[1]),
        "milliseconds": statistics.median(sum(row.milliseconds.values()) for row in rows if row.folder in PEOPLE),
    }


def wrong(rows: Sequence[Seen]) -> tuple[list[str], list[str]]:
    """Names of photos in which a person is seen and none is there, and the other way round."""
    false = [row.name for row in rows if row.folder == "no_person" and row.person]
    return false, [row.name for row in rows if row.folder in PEOPLE and not row.person]


def stages(rows: Sequence[Seen]) -> dict[str, float]:
    """Median milliseconds of each stage of the photos with people, where it was entered."""
    people = [row.milliseconds for row in rows if row.folder in PEOPLE]
    spent = {stage: [times[stage] for times in people if stage in times] for stage in STAGES}
    return {stage: round(statistics.median(times), 1) for stage, times in spent.items() if times}


def compositor_alone(root: Path) -> dict[str, dict[str, float]]:
    """Mean PSNR with the exact alpha as matte: what the compositor loses by itself, with and without colours."""
    found: dict[str, list[tuple[float, float]]] = {"with the subject's colours": [], "without": []}
    for path, mask in pairs(root / "composites/images", root / "composites/alphas"):
        pixels, alpha = read(path), read_grey(mask)
        sigma = Look(kernel=KERNEL).sigma_for(*alpha.shape)
        wanted = ideal(pixels, alpha, read(path.parents[1] / "plates" / path.name), sigma)
        source = held(Photo(pixels))
        far = backdrop(source, alpha, Look(kernel=KERNEL), Clock())
        for name, colours in zip(found, (matte.colours(source.small, alpha, source.frame), None), strict=True):
            picture = compose.blend(pixels.copy(), Alpha(alpha), far, colours)
            found[name].append(fidelity(picture, wanted, alpha, sigma))
    return {
        name: dict(zip(("psnr", "band_psnr"), np.mean(values, axis=0).tolist(), strict=True))
        for name, values in found.items()
    }


def settings(qualities: Sequence[str], gate: Path | None) -> Iterator[Setting]:
    """The plain method, each quality, and each again with the gate."""
    plain = load()
    yield Setting("plain", plain, Look(classic=True, kernel=KERNEL), ())
    gated = load(gate=gate) if gate else None
    for name in qualities:
        look = Look(quality=name, kernel=KERNEL)
        yield Setting(name, plain, look, (name,))
        if gated:
            yield Setting(f"{name}, gate", gated, look, (name, "gate"))


def table(columns: Sequence[tuple[Setting, Sequence[Seen]]]) -> list[list[str]]:
    """Head and lines of the table: a line per figure, a column per setting, then the bars."""
    folders = [row.folder for row in columns[0][1]]
    empty, people = folders.count("no_person"), sum(map(folders.count, PEOPLE))
    lines = [["", *(setting.name for setting, _ in columns), *BARS.values()]]
    measured = [(setting, figures(rows)) for setting, rows in columns]
    for name, figure in FIGURES.items():
        line = [figure.label.format(empty=empty, people=people)]
        for setting, values in measured:
            mark = figure.verdict(values[name], setting.musts)
            line.append(f"{values[name]:.{figure.decimals}f} {mark}".rstrip())
        line += [f"{figure.bars[bar]:g}" if bar in figure.bars else "" for bar in BARS]
        lines.append(line)
    return lines


def notes(columns: Sequence[tuple[Setting, Sequence[Seen]]], compositor: dict[str, dict[str, float]]) -> str:
    """What the table has no room for: which photos went wrong, stages, and the compositor alone."""
    lines = [
        f"Exact alpha as matte, {name}: {values['psnr']:.2f} dB, {values['band_psnr']:.2f} within the edge band."
        for name, values in compositor.items()
    ]
    for setting, rows in columns:
        false, lost = (", ".join(names) or "none" for names in wrong(rows))
        spent = ", ".join(f"{stage} {time:.0f}" for stage, time in stages(rows).items())
        lines.append(f"{setting.name}: false people {false}; lost {lost}; ms by stage {spent}.")
    return "\n".join(f"- {line}" for line in lines)


def report(
    columns: Sequence[tuple[Setting, Sequence[Seen]]], compositor: dict[str, dict[str, float]]
) -> dict[str, Any]:
    """Everything that was measured, ready for JSON."""
    return {
        "edgebokeh": edgebokeh.__version__,
        "kernel": KERNEL,
        "cpus": os.cpu_count(),
        "exact_alpha": compositor,
        "settings": {
            setting.name: {
                **figures(rows),
                **dict(zip(("false_people_in", "lost_people_in"), wrong(rows), strict=True)),
                "stages": stages(rows),
                "photos": [asdict(row) for row in rows],
            }
            for setting, rows in columns
        },
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    shared = Path(os.environ.get("EDGEBOKEH_SHARED", Path(__file__).parents[2] / "shared"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--eval", type=Path, default=shared / "eval", metavar="DIR", help="the evaluation photos")
    parser.add_argument("--quality", default=",".join(QUALITIES), help="presets, joined by commas")
    parser.add_argument("--gate", type=Path, metavar="MODEL", help="a class-aware model: each preset runs with it too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all that was measured")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table for the documentation")
    options = parser.parse_args(arguments)
    qualities = options.quality.split(",")
    if unknown := set(qualities) - QUALITIES.keys():
        parser.error(f"no quality is called {', '.join(unknown)}; there are {', '.join(QUALITIES)}")
    if missing := [name for name in (*PEOPLE, "no_person") if not (options.eval / name).is_dir()]:
        parser.error(f"no evaluation photos in {options.eval}: no {', '.join(missing)}; name their folder with --eval")
    photos, compositor = truths(options.eval), compositor_alone(options.eval)
    columns = [(setting, measure(setting, photos)) for setting in settings(qualities, options.gate)]
    lines = table(columns)
    below = notes(columns, compositor)
    print(f"{fixed_width(lines)}\n\n{below}")
    if options.json:
        options.json.write_text(json.dumps(report(columns, compositor), indent=1) + "\n", "utf-8")
    if options.markdown:
        options.markdown.write_text(f"{markdown(lines)}\n\n{below}\n", "utf-8")
    return int(any(cell.endswith("MISSED") for line in lines for cell in line))


if __name__ == "__main__":
    sys.exit(main())
