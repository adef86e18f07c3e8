"""The memory allocator of glibc, told to keep the memory that photos are worked on in.

It asks the system for each large array, and gives it back, until a larger one has been freed (mallopt(3), "dynamic mmap
threshold"): pages that come anew at every step cost up to a sixth of a photo's time, and whether they do depends on
what a process has freed before.
"""

import contextlib
import os
import sys

LARGE = 8 << 20
"""Bytes from which on an array has memory of its own, which goes back to the system: the planes of large photos."""

KEPT = 32 << 20
"""Bytes of free memory that are not given back: half of what glibc comes to by itself at most. With 16 MB a photo of 3
megapixels takes as long as without."""

SETTINGS = ((-3, LARGE), (-1, KEPT))
"""M_MMAP_THRESHOLD and M_TRIM_THRESHOLD, by their numbers in malloc.h."""

VARIABLES = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES")
"""In the environment of who wants it otherwise."""


def settle() -> None:
    """Sets this for the whole process; without effect where another allocator is in use, or VARIABLES say otherwise."""
    if sys.platform != "linux" or any(name in os.environ for name in VARIABLES):
        return
    # Imported here because it takes long; mostly numpy has done it by then.
    import ctypes

    with contextlib.suppress(AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in SETTINGS:
            mallopt(parameter, value)
