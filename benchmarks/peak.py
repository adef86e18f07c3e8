"""The peak memory of a whole process on one core: python -m benchmarks.peak COMMAND… prints the bytes, on Linux.

It is a process of its own, and imports little, because Linux counts what a process held before it became another
(getrusage(2), ru_maxrss survives execve): started from a large process, the smallest command would look large.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

KNOWN = sys.platform == "linux"
"""Whether a process can be held to one core here, and its peak is told in kilobytes."""


def peak(command: Sequence[str]) -> int:
    """The largest resident set, in bytes, of a command that runs on the core on which this process is from now on.

    What the command prints is dropped, but for its errors. It has to be the only child of this process.
    Raises subprocess.CalledProcessError where it fails.
    """
    import resource

    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


if __name__ == "__main__":
    print(peak(sys.argv[1:]))
