"""Between a clip's own YUV codes and BGR: by the matrix, range and depth that the clip names."""

from dataclasses import dataclass

import cv2
import numpy as np

from edgebokeh.arrays import Floats, Pixels

BT709, SMPTE170M = 1, 6
"""Numbers of matrices as clips hold them (ITU-T H.273, table 4)."""

WEIGHTS = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}
"""Of red and of blue in the luma, by matrix: BT.709, FCC, BT.601 twice, SMPTE 240M, BT.2020 twice."""

LIMITED_RANGE, FULL_RANGE = 1, 2
"""How clips say that codes use 16 to 235 of 255, or all their values."""

HD_HEIGHT = 720
"""Lines from which on a clip that names no matrix is taken for BT.709, below for BT.601, as players do."""


@dataclass(frozen=True, slots=True)
class Coding:
    """How colours are coded. matrix: of WEIGHTS. full: codes use all their values. bits: of a code."""

    matrix: int
    full: bool
    bits: int

    def to_bgr(self, codes: Pixels) -> Pixels:
        """H×W×3 BGR from H×W×3 codes, both uint8, or both uint16: BGR uses all of its values, codes `bits`."""
        return cv2.transform(codes, self._affine(np.iinfo(codes.dtype).max))

    def from_bgr(self, pixels: Pixels) -> Pixels:
        """The inverse of `to_bgr`."""
        affine = self._affine(np.iinfo(pixels.dtype).max)
        inverse = np.linalg.inv(affine[:, :3])
        codes = cv2.transform(pixels, np.column_stack([inverse, -inverse @ affine[:, 3]]))
        kept: Pixels = np.minimum(codes, 2**self.bits - 1)
        return kept

    def difference(self, pixels: Floats) -> Floats:
        """A difference of colours, H×W×3 BGR float32 in the range of 8 bits, or of 16 for deeper codes, as codes."""
        affine = self._affine(255 if self.bits == 8 else 65535)
        found: Floats = cv2.transform(pixels, np.linalg.inv(affine[:, :3]))
        return found

    def offset(self, pixels: Floats) -> Floats:
        """The same for colours themselves."""
        return self.difference(pixels) + np.array([self.black, self.neutral, self.neutral], np.float32)

    @property
    def black(self) -> int:
        """The luma of black."""
        return 0 if self.full else 16 << self.bits - 8

    @property
    def white(self) -> int:
        """The luma of white."""
        return (1 << self.bits) - 1 if self.full else 235 << self.bits - 8

    @property
    def neutral(self) -> int:
        """The chroma of grey."""
        return 1 << self.bits - 1

    def _affine(self, most: int) -> Floats:
        """3×4: from codes to BGR in 0..most (ITU-T H.273, section 8.3)."""
        red, blue = WEIGHTS[self.matrix]
        green = 1 - red - blue
        luma = self.white - self.black
        chroma = (1 << self.bits) - 1 if self.full else 224 << self.bits - 8
        of_blue, of_red = 2 * (1 - blue), 2 * (1 - red)
        matrix = np.array(
            [[1, of_blue, 0], [1, -of_blue * blue / green, -of_red * red / green], [1, 0, of_red]], np.float64
        )
        matrix *= np.array([most / luma, most / chroma, most / chroma])
        return np.column_stack([matrix, -matrix @ np.array([self.black, self.neutral, self.neutral])])


def coding(matrix: int, color_range: int, bits: int, height: int) -> Coding:
    """From what a frame names; height: in lines, it decides where no matrix is named or edgebokeh does not know it."""
    if matrix not in WEIGHTS:
        matrix = BT709 if height >= HD_HEIGHT else SMPTE170M
    return Coding(matrix, color_range == FULL_RANGE, bits)
