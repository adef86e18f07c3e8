"""What comes of the sample portrait on the processor that this runs on: python -m tests.aarch64.outcome QUALITY FILE.

Writes to an .npz file: matte, H×W float32; pixels, H×W×3 uint8; about, the machine and the versions of the libraries.
"""

import platform
import sys
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

import edgebokeh

SAMPLE = Path(__file__).parents[2] / "docs" / "sample" / "astronaut.png"


def main(quality: str, path: str) -> None:
    """Blurs the sample, without the cache."""
    photo = edgebokeh.decode(SAMPLE.read_bytes(), SAMPLE.name)
    result = edgebokeh.load(cache=False).blur(photo.pixels, edgebokeh.Look(quality=quality))
    about = [platform.machine(), np.__version__, cv2.__version__, onnxruntime.__version__]
    np.savez(path, matte=result.matte, pixels=result.pixels, about=about)


if __name__ == "__main__":
    main(*sys.argv[1:])
