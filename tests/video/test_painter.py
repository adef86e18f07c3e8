"""What happens to each picture of a clip, at the times of its pictures."""

from fractions import Fraction

import av
import numpy as np
import pytest

import edgebokeh
from edgebokeh import Look
from edgebokeh.video.painter import Manner, Painter
from tests.video import clips


@pytest.mark.parametrize("step", [Fraction(1, 8), Fraction(1, 40)])
def test_a_person_goes_by_the_times_of_the_pictures(tiny_bokeh: edgebokeh.Bokeh, step: Fraction) -> None:
    # Red and green of the same grey: nothing stirs when the subject goes.
    pictures = [np.full((*clips.SIZE, 3), colour, np.uint8) for colour in ((0, 0, 200), (0, 102, 0))]
    painter, held = Painter(tiny_bokeh, Manner(Look(quality="fast")), "yuv444p"), []
    for number in range(5 + int(1 / step)):
        frame = av.VideoFrame.from_ndarray(pictures[number >= 5], format="bgr24").reformat(format="yuv444p")
        frame.pts, frame.time_base = number, step
        held.append(painter.find(frame).share > 0.5)
    assert all(held[:5])
    assert 0.2 <= held[5:].count(True) * step <= 0.3
