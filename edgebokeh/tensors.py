"""Photo to tensor, and raw network output back to a matte or a label mask."""

from typing import NamedTuple

import cv2
import numpy as np

from edgebokeh.arrays import Floats, Mask, Matte, Pixels
from edgebokeh.errors import ModelUnsuitableError
from edgebokeh.spec import ModelSpec

EVERY = np.arange(256, dtype=np.uint8).reshape(1, 256, 1)
"""All values of a code of 8 bits."""


class Placement(NamedTuple):
    """Where a tensor's picture lies in its photo: both directions of the fitting.

    size: (height, width) of the photo.
    """

    size: tuple[int, int]

    def fit(self, pixels: Pixels, size: tuple[int, int], interpolation: int) -> Pixels:
        """The photo stretched to (height, width) `size`, same dtype and channels."""
        return cv2.resize(pixels, size[::-1], interpolation=interpolation)

    def unfit(self, plane: Matte, interpolation: int = cv2.INTER_LINEAR) -> Matte:
        """A plane of model size, h×w of any dtype, enlarged to the photo: H×W of that dtype."""
        return cv2.resize(plane, self.size[::-1], interpolation=interpolation)


def prepare(
    pixels: Pixels, spec: ModelSpec, size: tuple[int, int], interpolation: int = cv2.INTER_AREA
) -> tuple[Floats | Pixels, Placement]:
    """The network's input for a photo, and the placement that leads back.

    pixels: H×W×3 BGR, uint8 or uint16. size: (height, width) of the input.
    Returns shape 1×3×h×w (NCHW) or 1×h×w×3 (NHWC), RGB: float32, (rgb − mean) / std with rgb in 0..1, or uint8, as the
    network wants it.
    """
    placement = Placement(pixels.shape[:2])
    small = placement.fit(pixels, size, interpolation)
    rgb = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
    tensor = _bytes(rgb) if spec.input == "uint8" else _normalised(rgb, spec)
    if spec.layout == "NCHW":
        tensor = tensor.transpose(2, 0, 1)
    return np.ascontiguousarray(tensor[None]), placement


def to_matte(raw: Floats, spec: ModelSpec) -> Matte:
    """The probability of "person", h×w float32 in [0, 1], from a raw output of 1×C×h×w or 1×h×w×C.

    Logits pass through a softmax over the classes, or a sigmoid where there is one class only.
    Raises ModelUnsuitableError where the output has another shape or is not finite.
    """
    planes = _planes(raw, spec)
    person = planes[spec.person]
    if spec.output == "logits" and spec.classes > 1:
        weights = np.exp(planes - planes.max(axis=0))
        person = weights[spec.person] / weights.sum(axis=0)
    elif spec.output == "logits":
        person = 1 / (1 + np.exp(-np.clip(person, -80, 80)))
    matte: Matte = np.clip(person, 0, 1)
    return matte


def to_mask(raw: Floats, spec: ModelSpec, size: tuple[int, int] | None = None) -> Mask:
    """The pixels where "person" is the most likely class, or its probability above 1/2 where there is one class only:
    h×w uint8, 0 or 255. This is the source method's binary mask.

    size: (height, width) of the input, to which planes of fewer pixels are enlarged first, as the networks that give
    planes of full size do within.
    """
    planes = _planes(raw, spec)
    if size and planes.shape[1] * planes.shape[2] < size[0] * size[1]:
        planes = np.stack([cv2.resize(plane, size[::-1], interpolation=cv2.INTER_LINEAR) for plane in planes])
    if spec.classes > 1:
        person = planes.argmax(axis=0) == spec.person
    else:
        person = planes[0] > (0 if spec.output == "logits" else 0.5)
    mask: Mask = np.where(person, 255, 0).astype(np.uint8)
    return mask


def _normalised(rgb: Pixels, spec: ModelSpec) -> Floats:
    if rgb.dtype == np.uint8:
        # Worked out for each of the 256 values, it comes to the same numbers in a tenth of the time.
        return cv2.LUT(rgb, _scaled(np.repeat(EVERY, 3, axis=2), spec))
    return _scaled(rgb, spec)


def _scaled(rgb: Pixels, spec: ModelSpec) -> Floats:
    values = rgb.astype(np.float32) / np.float32(np.iinfo(rgb.dtype).max)
    tensor: Floats = (values - np.array(spec.mean, np.float32)) / np.array(spec.std, np.float32)
    return tensor


def _bytes(rgb: Pixels) -> Pixels:
    """The same picture in uint8; 65535 becomes 255."""
    return rgb if rgb.dtype == np.uint8 else np.rint(rgb / 257).astype(np.uint8)


def _planes(raw: Floats, spec: ModelSpec) -> Floats:
    axis = 1 if (spec.output_layout or spec.layout) == "NCHW" else 3
    if raw.ndim != 4 or raw.shape[0] != 1 or raw.shape[axis] != spec.classes:
        raise ModelUnsuitableError(
            f"model {spec.name!r} returned the shape {raw.shape}, not one picture with {spec.classes} planes",
            "check the number of classes and the layout in its description",
        )
    planes: Floats = np.moveaxis(raw[0], axis - 1, 0).astype(np.float32, copy=False)
    if not np.isfinite(planes).all():
        raise ModelUnsuitableError(
            f"model {spec.name!r} returned values that are not finite", "export it again in float32"
        )
    return planes
