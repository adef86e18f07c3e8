"""From the photo to the subject's matte: the finder says where people are, the matting network draws their edge."""

from functools import partial
from typing import NamedTuple

import cv2
import numpy as np

from edgebokeh import crops, matte, tensors
from edgebokeh.alpha import Alpha
from edgebokeh.arrays import Floats, Matte, Pixels
from edgebokeh.engine import Network
from edgebokeh.errors import NoPersonError
from edgebokeh.look import Look, Quality
from edgebokeh.source import Source
from edgebokeh.stages import Clock
from edgebokeh.temporal import Steady
from edgebokeh.tiles import Box, inside, resize

SMALLEST = 0.002
"""Connected regions of a smaller share of the picture are not looked at again."""

STEADY = 0.5
"""A look that agrees less than this (intersection over union) with that of the mirror image has seen no person."""

CLOSER = 0.4
"""Nor has a look at the whole that a closer one confirms less than this."""

DRAWN = 0.5
"""A drawing that agrees less than this with the finder's look into the same crop is not taken."""

SURE_STEADY, SURE_CLOSER = 0.85, 0.6
"""But the finder's own matte is, where its looks agree so well with each other."""

ZOOM_MARGIN, DRAW_MARGIN = 0.1, 0.15
"""What is added around the subject's box, as a share of its longer side."""

LARGEST_ZOOM = 0.8
"""A crop of more than this share of the photo shows nothing new."""

STRIDE = 16
"""Between the features of a DeepLabv3, in pixels of its input."""

MOST_GROWTHS, GROWTH = 5, 1.05
"""How often a crop is enlarged at most, and by how much of its area it must be worth it."""

MIN_SUBJECT = 0.5
"""The share of the picture, in %, under which a subject counts as none."""

MOST_CROPS = 8
"""More people than this, the smallest ones, are left to the background."""


class Networks(NamedTuple):
    """finder: sees where people are in a whole photo. matting: draws a person's edge in a crop. gate: a class-aware
    second opinion on what is a person; without it the looks of the other two must agree. side: of the square whose area
    the matting network's input has, in pixels; None is the preset's."""

    finder: Network
    matting: Network | None = None
    gate: Network | None = None
    side: int | None = None


class Sight(NamedTuple):
    """What a network saw in a picture and in its mirror image, of the network's size.

    matte: the mean of both looks. steady: how well they agree, 0..1.
    """

    matte: Matte
    steady: float = 1.0


def seen(networks: Networks, source: Source, look: Look, clock: Clock, steady: Steady | None = None) -> Alpha:
    """The subject's matte as the look's quality and subject want it, or as its `classic` has it.

    steady: of the sequence that the photo belongs to. Raises what `find` does.
    """
    if look.classic:
        return _classic(networks.finder, source, clock)
    finding = partial(find, networks, source, look.preset, clock)
    found = steady.matte(source.small, finding) if steady else finding()
    with clock.stage("refine"):
        if look.subject == "main":
            found = matte.main_subject(found)
        if not look.preset.radius:
            return Alpha(matte.cleared(found), source.frame)
        return matte.refined(source.small, found, source.frame, look.preset.radius, look.preset.eps)


def _classic(finder: Network, source: Source, clock: Clock) -> Alpha:
    """0 or 1, enlarged to the nearest pixel, as the source method makes it."""
    pixels = source.photo(clock).pixels
    with clock.stage("prepare"):
        tensor, _ = tensors.prepare(pixels, finder.spec, finder.size, cv2.INTER_LINEAR)
    with clock.stage("infer", finder.spec.name):
        raw = finder.run(tensor)
    with clock.stage("matte"):
        mask = (tensors.to_mask(raw, finder.spec, finder.size) / 255).astype(np.float32)
        return Alpha(mask, source.size, hard=True)


def find(networks: Networks, source: Source, quality: Quality, clock: Clock) -> Matte:
    """The subject's matte, of the size of the source's `small`, before its refinement.

    Raises ModelUnsuitableError where a network's answer is no matte.
    """
    first = _look(networks.finder, source.small, quality.mirror, clock)
    whole = resize(first.matte, source.small.shape[:2])
    people = crops.people(whole, SMALLEST) if quality.matting or quality.zoom else []
    glances: dict[Box, Matte] = {}
    if quality.matting and networks.matting:
        seen = [_grown_to_fit(networks.finder, source, whole, person, DRAW_MARGIN, glances, clock) for person in people]
        boxes = sorted(crops.joined(seen), key=crops.area, reverse=True)[:MOST_CROPS]
        side = networks.side or quality.matting
        found = _draw(networks, source, whole, boxes, side, glances, clock)
    elif quality.zoom and people:
        boxes = [_grown_to_fit(networks.finder, source, whole, crops.hull(people), ZOOM_MARGIN, glances, clock)]
        found = _zoom(networks, source, whole, first.steady, boxes[0], glances, clock)
    else:
        boxes, found = [], whole
    return _gated(networks.gate, found, source, boxes, clock) if networks.gate else found


def counted(share: float, look: Look, name: str, steady: Steady | None = None) -> float:
    """The share of the picture that is subject, 0..1; 0 where the look counts that as no person.

    name: what to call the photo in an error. steady: of the sequence that the photo belongs to, which a person leaves
    with a delay. Raises NoPersonError where the look asks for that.
    """
    least = look.min_subject if look.min_subject is not None else 0.0 if look.classic else MIN_SUBJECT
    person = share > 0 and share >= least / 100
    if steady and not look.classic:
        person = steady.person(person) and share > 0
    if person:
        return share
    if look.no_person == "fail":
        raise NoPersonError(f"no person found in {name}", "use --no-person keep or blur to get a picture anyway")
    return 0.0


def _grown_to_fit(
    finder: Network,
    source: Source,
    whole: Matte,
    person: crops.Share,
    margin: float,
    glances: dict[Box, Matte],
    clock: Clock,
) -> Box:
    """A box around a person, with its margin also around what only a closer look into it shows, such as a head.

    glances: what the finder saw in each box is put there.
    """
    box = crops.grown(person, whole.shape, margin)
    for _ in range(MOST_GROWTHS):
        if crops.area(box) == whole.size:
            break
        glances[box] = _look(finder, source.cut(box, max(finder.size), clock), False, clock).matte
        parts = crops.people(glances[box], SMALLEST)
        if not parts:
            break
        larger = crops.union(box, crops.grown(crops.within(box, parts[0], whole.shape), whole.shape, margin))
        if crops.area(larger) < GROWTH * crops.area(box):
            break
        box = larger
    return box


def _zoom(
    networks: Networks,
    source: Source,
    whole: Matte,
    steady: float,
    box: Box,
    glances: dict[Box, Matte],
    clock: Clock,
) -> Matte:
    """The matte with a closer look at the people in `box`, if that is small in the picture.

    steady: of the look at the whole. Nobody is found where looks disagree and there is no gate to tell.
    """
    if crops.area(box) > LARGEST_ZOOM * whole.size:
        return whole if steady >= STEADY or networks.gate else np.zeros_like(whole)
    crop = source.cut(box, max(networks.finder.size), clock)
    near = _look(networks.finder, crop, True, clock, seen=glances.get(box))
    with clock.stage("matte"):
        weight = crops.window(box, whole.shape)
        closer = np.zeros_like(whole)
        closer[inside(box)] = weight * resize(near.matte, weight.shape) + (1 - weight) * whole[inside(box)]
        certain = near.steady >= STEADY and matte.agreement(closer, whole) >= CLOSER
        return closer if certain or networks.gate else np.zeros_like(whole)


def _draw(
    networks: Networks,
    source: Source,
    whole: Matte,
    boxes: list[Box],
    side: int,
    glances: dict[Box, Matte],
    clock: Clock,
) -> Matte:
    """The matte as the matting network draws it in each box, where the finder does not object."""
    assert networks.matting is not None
    result = np.zeros_like(whole)
    for box in boxes:
        crop = source.cut(box, side, clock)
        drawn = _look(networks.matting, crop, True, clock, networks.matting.shaped(crop.shape[:2], side)).matte
        near = _look(networks.finder, crop, True, clock, seen=glances.get(box))
        with clock.stage("matte"):
            found = resize(near.matte, drawn.shape)
            part = matte.last_word(matte.restored(drawn, found), found)
            if matte.share(found) == 0:
                continue
            if matte.agreement(part, found) < DRAWN and not networks.gate:
                before = resize(whole[inside(box)], found.shape)
                if near.steady < SURE_STEADY or matte.agreement(found, before) < SURE_CLOSER:
                    continue
                part = found
            view = result[inside(box)]
            np.maximum(view, resize(part, view.shape) * crops.window(box, whole.shape), out=view)
    return result


def _gated(gate: Network, found: Matte, source: Source, boxes: list[Box], clock: Clock) -> Matte:
    """The found matte where the gate sees a person too: it looks at the whole and into each box."""
    seen = resize(_glance(gate, source.small, clock), found.shape)
    for box in boxes:
        near = _glance(gate, source.cut(box, max(gate.size), clock), clock)
        view = seen[inside(box)]
        np.maximum(view, resize(near, view.shape), out=view)
    with clock.stage("matte"):
        return matte.vouched(found, seen)


def _glance(gate: Network, picture: Pixels, clock: Clock) -> Matte:
    """What the gate sees in a picture of its own shape at half the size the gate works best at.

    Small was better here: at its full size the DeepLabv3 tried missed most of a person whom it saw at half. Sides of a
    multiple of STRIDE and one more put its features on both borders (Chen et al. 2017).
    """
    steps = max(gate.size) / 2 / STRIDE / max(picture.shape[:2])
    rows, columns = (max(2, round(side * steps)) * STRIDE + 1 for side in picture.shape[:2])
    return _look(gate, picture, False, clock, (rows, columns) if gate.is_open else None).matte


def _look(
    network: Network,
    picture: Pixels,
    mirror: bool,
    clock: Clock,
    size: tuple[int, int] | None = None,
    seen: Matte | None = None,
) -> Sight:
    """What a network sees in a picture, stretched to `size` or the network's own, and on wish in its mirror image.

    seen: what it saw in the picture, where it has looked already.
    """
    with clock.stage("prepare"):
        tensor, _ = tensors.prepare(picture, network.spec, size or network.size)
    if seen is None:
        seen = _run(network, tensor, clock)
    if not mirror:
        return Sight(seen)
    with clock.stage("prepare"):
        mirrored = np.ascontiguousarray(np.flip(tensor, 3 if network.spec.layout == "NCHW" else 2))
    again = _run(network, mirrored, clock)[:, ::-1]
    with clock.stage("matte"):
        return Sight((seen + again) / 2, matte.agreement(seen, again))


def _run(network: Network, tensor: Floats, clock: Clock) -> Matte:
    with clock.stage("infer", network.spec.name):
        raw = network.run(tensor)
    with clock.stage("matte"):
        return tensors.to_matte(raw, network.spec)
