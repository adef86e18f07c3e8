"""The settings that `edgebokeh tune` tries, how simple each is, and a short name for it."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

from edgebokeh import catalog, files, threads
from edgebokeh.device_profile import Setting
from edgebokeh.errors import ModelUnknownError
from edgebokeh.look import Look
from edgebokeh.pipeline import MATTING

SIDES = (448, 384, 320, 256)
"""Sides of a network's input that are tried where they are smaller than the usual ones."""

PRECISIONS = ("fp16", "int8")
"""Those of `catalog.PRECISIONS` that may change the time of a run; int8-weights are restored as they are loaded."""


def default(model: str | None, quality: str | None) -> Setting:
    """What edgebokeh does without a profile, said in full. model: the finder, None its default; quality: a preset.

    Raises ModelUnknownError.
    """
    side = Look(quality=quality).preset.matting
    finder = "selfie" if model is None else model
    for name in (finder, *([MATTING] if side else [])):
        catalog.find(name)
    return Setting(
        # A profile is used from any folder.
        model=str(Path(finder).absolute()) if files.is_file(Path(finder)) else finder,
        matting=MATTING if side else None,
        provider="cpu",
        threads=threads.allowed(),
        quality=quality,
        matting_side=side or None,
    )


def candidates(start: Setting, providers: Sequence[str] = (), finder: int = 0, matting: int = 0) -> list[Setting]:
    """Every setting to try: `start` first, and all with its number of threads before those with fewer.

    start: what `default` makes. providers: usable ones beside the CPU. finder, matting: side of the square whose area
    the input of the network usually has, in pixels; 0 where it takes no other.
    """
    most = start.threads or 1
    counts = [most, *sorted((1 << bit for bit in range(most.bit_length()) if 1 << bit < most), reverse=True)]
    places = ["cpu", *(one for one in providers if one != "cpu")]
    models, mattings = ([name, *_variants(name)] for name in (start.model, start.matting))
    finders = [start.finder_side, *(side for side in SIDES if side < finder)]
    drawers = [start.matting_side, *(side for side in SIDES if side < matting)]
    return [
        replace(start, threads=count, provider=place, model=model, matting=matting, finder_side=own, matting_side=side)
        for count, place, model, matting, own, side in product(counts, places, models, mattings, finders, drawers)
    ]


def cost(setting: Setting, start: Setting) -> tuple[int, ...]:
    """How far from simple: another provider, file or size than the default's weighs more than threads."""
    alike = ("provider", "model", "matting", "finder_side", "matting_side")
    return (*(getattr(setting, name) != getattr(start, name) for name in alike), setting.threads or 0)


def label(setting: Setting, start: Setting) -> str:
    """Provider and threads, the files that are not the default's, and the sides, of a setting made from `start`."""
    count = setting.threads or 0
    parts = [f"{setting.provider}, {count} thread{'s' if count > 1 else ''}"]
    pairs = ((setting.model, start.model), (setting.matting, start.matting))
    parts += [Path(one).stem if one.endswith(".onnx") else one for one, usual in pairs if one and one != usual]
    parts += [f"finder {setting.finder_side}"] if setting.finder_side else []
    parts += [f"side {setting.matting_side}"] if setting.matting_side else []
    return ", ".join(parts)


def _variants(model: str | None) -> list[str]:
    """The same network's files of other PRECISIONS, of those that there are."""
    found = []
    for name in [catalog.in_precision(model, kind) for kind in PRECISIONS] if model else []:
        with contextlib.suppress(ModelUnknownError):
            catalog.find(name)
            found.append(name)
    return found
