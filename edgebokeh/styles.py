"""Blur styles. Each is a linear function of the picture that leaves a constant picture as it is.

A style takes float32 H×W×C with one to four channels and its strength in pixels of that picture, and returns the same
shape. The compositor calls it on `[BGR·w, w]`, so one rule removes the halo for every style.
"""

from collections.abc import Callable

import cv2

from edgebokeh.arrays import Floats

Style = Callable[[Floats, float], Floats]


def gaussian(image: Floats, sigma: float) -> Floats:
    """Gaussian blur with a standard deviation of `sigma` pixels.

    The border is mirrored with the outermost pixel doubled: in a reduced picture that pixel stands for many.
    """
    return cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT) if sigma > 0 else image


STYLES: dict[str, Style] = {"gaussian": gaussian}
