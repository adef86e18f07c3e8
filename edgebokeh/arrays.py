"""The arrays that walk through edgebokeh, named once, and the order of colour channels.

OpenCV's type hints promise no dtype, so neither do these; the docstrings do.
"""

from typing import Any, Literal

from numpy.typing import NDArray

Pixels = NDArray[Any]
"""H×W×3 uint8 or uint16, upright. BGR inside edgebokeh; at its door the caller says which order."""

Matte = NDArray[Any]
"""H×W float32 in [0, 1]; 1 is subject, 0 is background."""

Mask = NDArray[Any]
"""H×W uint8, 255 on the subject and 0 elsewhere."""

Floats = NDArray[Any]
"""float32 of any shape."""

Indices = NDArray[Any]
"""intp of shape N: places in an array seen as one line."""

Order = Literal["bgr", "rgb"]
