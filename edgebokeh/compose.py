"""Subject and background joined: softly and without a halo, bit by bit as in the source method, or side by side."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from edgebokeh.arrays import Floats, Mask, Matte, Pixels

REDUCED_SIGMA = 2.0
"""The smallest standard deviation, in pixels of the reduced picture, that still samples a Gaussian well."""

LARGEST_REDUCTION = 16
"""Further down blurring costs nothing any more, and the enlarging begins to show."""


def sigma_of(kernel: int) -> float:
    """OpenCV's rule for the standard deviation of a Gaussian kernel of that size in pixels; 1 pixel is no blur."""
    return 0.3 * ((kernel - 1) * 0.5 - 1) + 0.8 if kernel > 1 else 0.0


def background(pixels: Pixels, matte: Matte, style: Callable[[Floats, float], Floats], sigma: float) -> Floats:
    """The blurred background at a reduced scale, free of the subject's colours.

    The picture is weighted with 1 − matte, blurred together with that weight and divided by it (normalised convolution,
    Knutsson and Westin 1993), so that nothing of the subject spreads outwards. The variance that shrinking by area
    (s² − 1)/12 and linear enlarging s²/6 add themselves is taken off the blur's own.

    pixels: H×W×3. matte: H×W. sigma: in pixels of the photo. Returns h×w×3 float32 in the range of `pixels`.
    """
    height, width = matte.shape
    scale = min(max(1, int(sigma / REDUCED_SIGMA)), LARGEST_REDUCTION)
    size = (max(1, round(width / scale)), max(1, round(height / scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    weight = 1 - cv2.resize(matte, size, interpolation=cv2.INTER_AREA)[..., None]
    own_variance = (scale**2 - 1) / 12 + scale**2 / 6 if scale > 1 else 0.0
    spread = style(np.concatenate([small * weight, weight], axis=2), (sigma**2 - own_variance) ** 0.5 / scale)
    trust = 1e-4
    far: Floats = (spread[..., :3] + trust * small) / (spread[..., 3:] + trust)
    return far


def blend(pixels: Pixels, matte: Matte, far: Floats) -> Pixels:
    """matte · photo + (1 − matte) · far, rounded.

    pixels: H×W×3. matte: H×W. far: the background, h×w×3 float32 in the range of `pixels`, enlarged linearly.
    Returns a new H×W×3 of the same dtype; where the matte is 1 it is the photo's own pixels.
    """
    limit = np.iinfo(pixels.dtype).max
    whole = np.clip(np.rint(far), 0, limit).astype(pixels.dtype)
    enlarged = cv2.resize(whole, pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    if pixels.dtype == np.uint8:
        return cv2.blendLinear(pixels, enlarged, matte, 1 - matte)
    mixed = cv2.blendLinear(pixels.astype(np.float32), enlarged.astype(np.float32), matte, 1 - matte)
    return np.where(matte[..., None] == 1, pixels, np.clip(np.rint(mixed), 0, limit).astype(pixels.dtype))


def join(pixels: Pixels, blurred: Pixels, mask: Mask) -> Pixels:
    """The source method's last step: subject and blurred rest picked bit by bit and put together.

    pixels, blurred: H×W×3 of one dtype. mask: H×W, 255 on the subject and 0 elsewhere.
    """
    subject = cv2.bitwise_and(pixels, pixels, mask=mask)
    rest = cv2.bitwise_and(blurred, blurred, mask=cv2.bitwise_not(mask))
    return cv2.bitwise_or(subject, rest)


def side_by_side(panels: Sequence[tuple[str, Pixels]]) -> Pixels:
    """Pictures of one size next to each other, each under its label: (h + bar)×(n·w + gaps)×3 uint8 BGR.

    panels: (label, H×W×3 uint8) pairs.
    """
    height, width = panels[0][1].shape[:2]
    bar = max(24, round(0.05 * min(height, width)))
    columns = []
    for label, pixels in panels:
        head = np.full((bar, width, 3), 255, np.uint8)
        scale = bar / 36
        (text_width, text_height), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
        foot = ((width - text_width) // 2, (bar + text_height) // 2)
        cv2.putText(head, label, foot, cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), max(1, bar // 24), cv2.LINE_AA)
        columns += [np.vstack([head, pixels]), np.full((height + bar, max(2, bar // 6), 3), 255, np.uint8)]
    return np.hstack(columns[:-1])
