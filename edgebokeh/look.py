"""What the caller wants: the `Look`, and the table of quality presets."""

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from edgebokeh.errors import ContradictionError, KernelError, StyleUnknownError, ValueRangeError

if TYPE_CHECKING:
    from edgebokeh.arrays import Pixels

NoPerson = Literal["keep", "blur", "fail"]
Subject = Literal["all", "main"]
Color = tuple[int, int, int]
"""Red, green and blue, 0..255."""

CLASSIC_KERNEL = 51
"""The kernel of the source method; also the default one for a photo of REFERENCE_SIDE pixels on its long side."""

REFERENCE_SIDE = 1024

LARGEST_KERNEL = 9999

STRONGEST = 0.04
"""The standard deviation of the blur at strength 100, as a share of the photo's long side."""


class Quality(NamedTuple):
    """How the matte is made.

    summary: one line for people. mirror: the finder looks a second time, into a mirror. zoom: and again, at the subject
    alone, where that is small. matting: crops go to the matting network, at the area of a square of so many pixels on
    a side; 0 leaves it out. radius, eps: of the guided filter that snaps the matte to the photo's edges, the radius as
    a share of the long side; 0 leaves it out. colours: the subject's colours are estimated.
    """

    summary: str
    mirror: bool = False
    zoom: bool = False
    matting: int = 0
    radius: float = 0.0
    eps: float = 1e-4
    colours: bool = False


QUALITIES: dict[str, Quality] = {
    "fast": Quality("one look of the finder, enlarged softly"),
    "balanced": Quality(
        "the finder looks twice, and closer at the people it found; the matte follows the photo's edges",
        mirror=True,
        zoom=True,
        radius=0.015,
        colours=True,
    ),
    "best": Quality(
        "the finder chooses crops, the matting network draws hair and edges in them, the finder has the last word",
        mirror=True,
        matting=448,
        radius=0.006,
        colours=True,
    ),
}

DEFAULT_QUALITY = "balanced"

DEFAULT_STYLE = "gaussian"

OTHER_STYLES = {
    "grey": "the background without colour; alone, or with a blur: lens+grey",
    "color": "a plain colour in place of the background",
    "image": "another picture in place of the background",
}
"""What `style` may name beside the blur styles of `styles.STYLES`."""

STYLE_OF = {
    "blades": "lens",
    "highlights": "lens",
    "angle": "motion",
    "line": "tilt",
    "band": "tilt",
    "color": "color",
    "image": "image",
}
"""The one style that each of these settings of a look belongs to."""

RANGES: dict[str, tuple[float, float]] = {
    "strength": (0, 100),
    "falloff": (0, 100),
    "feather": (0, 1000),
    "expand": (-1000, 1000),
    "min_subject": (0, 100),
    "blades": (0, 12),
    "highlights": (0, 100),
    "angle": (-360, 360),
    "line": (0, 100),
    "band": (0, 100),
}
"""Lowest and highest value of the settings that are numbers."""

NOT_CLASSIC = (
    *("quality", "strength", "falloff", "feather", "expand", "subject", "min_subject"),
    *STYLE_OF,
)
"""Settings that the source method does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the caller wants to see. None, where it is allowed, means the default that is named here.

    style: a name of `styles.STYLES`, "grey", "color" or "image", or a blur and grey together: "lens+grey".
    kernel: size of a Gaussian in pixels, odd, as in OpenCV; other styles are as strong. None takes 51 for a photo of
        1024 pixels on the long side and in proportion for others; with `classic` always 51.
    strength: 0..100 instead of a kernel, relative to the photo: a standard deviation of 0 to 4 % of its long side.
    falloff: over this distance from the subject, in % of the long side, the blur grows to its strength. 0: at once.
    quality: a name of QUALITIES, default "balanced".
    subject: "all" people, or "main", the largest and most central one alone.
    min_subject: a subject of less than this share of the picture, in %, counts as none. Default 0.5, with `classic` 0.
    expand: moves the subject's edge outwards by so many pixels, inwards below 0. feather: softens it over so many.
    blades: of the aperture of "lens", 3..12; 0 is round. highlights: 0..100, how far they bloom; default 50.
    angle: of the streaks of "motion", degrees anticlockwise from the horizontal.
    line: where "tilt" is sharp, in % of the height from the top; None is the subject's foot line. band: % of the height
        around it that stays sharp; default 20.
    color: for "color", red, green and blue. image: for "image", a picture of any size, H×W×3 BGR uint8 or uint16.
    classic: the source method to the bit: binary mask, nearest enlargement, the whole photo blurred, bitwise join.
    compare: photo, mask and result side by side instead of the result alone.
    no_person: what to do with a photo without a person: "keep" it sharp, "blur" all of it, or "fail" with
        NoPersonError. None is "keep", and "blur" for `classic`, whose method knows no such case.

    Raises KernelError, StyleUnknownError, ValueRangeError, and ContradictionError for settings that exclude each other.
    """

    style: str = DEFAULT_STYLE
    kernel: int | None = None
    strength: float | None = None
    falloff: float | None = None
    quality: str | None = None
    subject: Subject | None = None
    min_subject: float | None = None
    expand: float | None = None
    feather: float | None = None
    blades: int | None = None
    highlights: float | None = None
    angle: float | None = None
    line: float | None = None
    band: float | None = None
    color: Color | None = None
    image: "Pixels | None" = field(default=None, compare=False)
    classic: bool = False
    compare: bool = False
    no_person: NoPerson | None = None

    def __post_init__(self) -> None:
        self._check_kernel()
        self._check_values()
        self._check_style()
        self._check_contradictions()

    @property
    def styles(self) -> tuple[str, ...]:
        """The names that `style` puts together."""
        return tuple(self.style.split("+"))

    @property
    def blur(self) -> str | None:
        """The blur style, or None where the background is not blurred."""
        return next((name for name in self.styles if name not in OTHER_STYLES), None)

    @property
    def preset(self) -> Quality:
        """The row of QUALITIES."""
        return QUALITIES[self.quality or DEFAULT_QUALITY]

    def kernel_for(self, height: int, width: int) -> int:
        """The kernel in pixels for a photo of that size, where no strength is set."""
        if self.kernel is not None:
            return self.kernel
        if self.classic:
            return CLASSIC_KERNEL
        return 2 * round(CLASSIC_KERNEL * max(height, width) / REFERENCE_SIDE / 2 - 0.5) + 1

    def sigma_for(self, height: int, width: int) -> float:
        """The standard deviation of the blur in pixels for a photo of that size; a kernel's by OpenCV's rule."""
        if self.strength is not None:
            return self.strength / 100 * STRONGEST * max(height, width)
        kernel = self.kernel_for(height, width)
        return 0.3 * ((kernel - 1) * 0.5 - 1) + 0.8 if kernel > 1 else 0.0

    def reduced(self, size: tuple[int, int], times: float) -> "Look":
        """The same for a copy of the photo: what is told in pixels gets fewer.

        size: (height, width) of the photo. times: how long the copy's sides are, as a share of these, above 0 to 1.
        """
        pixels: dict[str, Any] = {
            name: getattr(self, name) * times for name in ("expand", "feather") if getattr(self, name) is not None
        }
        if self.blur is None:
            return replace(self, **pixels)
        sigma = self.sigma_for(*size) * times
        strength = 100 * sigma / (STRONGEST * max(size) * times)
        if self.classic or strength > RANGES["strength"][1]:
            return replace(self, **pixels, strength=None, kernel=kernel_of(sigma))
        return replace(self, **pixels, strength=strength, kernel=None)

    def _check_kernel(self) -> None:
        if self.kernel is None:
            return
        if type(self.kernel) is not int:
            raise KernelError(f"a kernel of {self.kernel!r} is no whole number", "use 51, for example")
        if self.kernel < 1 or self.kernel % 2 != 1:
            near = f"{self.kernel - 1} or {self.kernel + 1}" if self.kernel > 1 else "1, 3, 5 …"
            raise KernelError(f"a kernel of {self.kernel} is not odd and positive", f"use {near}")
        if self.kernel > LARGEST_KERNEL:
            raise KernelError(f"a kernel of {self.kernel} is too large", f"use one up to {LARGEST_KERNEL}")

    def _check_values(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not (is_number(value) and low <= value <= high):
                raise ValueRangeError(f"{flag(name)} {value} is out of range", f"use {low:g} to {high:g}")
        for name, known in (("quality", QUALITIES), ("subject", get_args(Subject)), ("no_person", get_args(NoPerson))):
            value = getattr(self, name)
            if value is not None and value not in tuple(known):
                raise ValueRangeError(f"{flag(name)} {value!r} is unknown", f"use one of {', '.join(known)}")
        if self.blades is not None and (type(self.blades) is not int or self.blades not in (0, *range(3, 13))):
            raise ValueRangeError(f"--blades {self.blades} makes no aperture", "use 0 for a round one, or 3 to 12")
        if self.color is not None and not is_color(self.color):
            raise ValueRangeError(f"--color {self.color!r} is not red, green and blue", "use three numbers of 0 to 255")
        if self.image is not None and not is_photo(self.image):
            raise ValueRangeError("--image is no picture of H×W×3 uint8 or uint16", "convert the array first")

    def _check_style(self) -> None:
        for name in self.styles:
            if name not in (DEFAULT_STYLE, *OTHER_STYLES):
                _check_blur(name)
        blur_and_grey = len(self.styles) == 2 and "grey" in self.styles and self.blur is not None
        if len(self.styles) > 1 and not blur_and_grey:
            raise ContradictionError(
                f"--style {self.style} cannot be put together", "only a blur and grey can: lens+grey"
            )

    def _check_contradictions(self) -> None:
        given = {item.name for item in fields(self) if getattr(self, item.name) is not None}
        foreign = {name for name, style in STYLE_OF.items() if style not in self.styles}
        if self.blur is None:
            foreign |= {"kernel", "strength", "falloff"}
        clashes = [(flag(name), f"--style {self.style}") for name in sorted(given & foreign)]
        if {"kernel", "strength"} <= given:
            clashes.append(("--kernel", "--strength"))
        if self.classic:
            clashes += [("--classic", flag(name)) for name in NOT_CLASSIC if name in given]
            clashes += [("--classic", f"--style {self.style}")] * (self.style != "gaussian")
        if clashes:
            raise ContradictionError(f"{clashes[0][0]} and {clashes[0][1]} exclude each other", "leave one of them out")
        for name in ("color", "image"):
            if name in self.styles and name not in given:
                raise ContradictionError(f"--style {name} needs {flag(name)}", f"add {flag(name)}")


def _check_blur(name: str) -> None:
    # Imported here because it brings OpenCV, and a wrong option is to be told at once.
    from edgebokeh.styles import STYLES

    if name not in STYLES:
        known = (*STYLES, *OTHER_STYLES)
        raise StyleUnknownError(f"no style is called {name!r}", f"use one of {', '.join(known)}")


def kernel_of(sigma: float) -> int:
    """The kernel whose standard deviation, by OpenCV's rule, is nearest to `sigma` pixels, up to LARGEST_KERNEL."""
    return min(max(1, 2 * round((sigma - 0.8) / 0.3 + 1) + 1), LARGEST_KERNEL)


def is_number(value: Any) -> bool:
    """Whether something is a whole or a decimal number, and not a yes or no."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_color(value: Any) -> bool:
    """Whether something is three whole numbers of 0 to 255."""
    return (
        isinstance(value, tuple) and len(value) == 3 and all(type(part) is int and 0 <= part <= 255 for part in value)
    )


def is_photo(pixels: Any) -> bool:
    """Whether something is an array of H×W×3, at least one pixel, of uint8 or uint16."""
    shape: tuple[int, ...] = getattr(pixels, "shape", ())
    dtype = getattr(pixels, "dtype", None)
    return len(shape) == 3 and shape[2] == 3 and 0 not in shape and getattr(dtype, "name", "") in ("uint8", "uint16")


def flag(name: str) -> str:
    """A setting's name on the command line."""
    return f"--{name.replace('_', '-')}"
