"""This very edgebokeh for another process, also of another Python, and nothing else of the folder that it lies in.

That folder is the whole site-packages where edgebokeh is installed: on the path of another Python it would replace that
Python's numpy and onnxruntime.
"""

import os
from pathlib import Path

FOLDER = Path(__file__).parent
"""On a path it holds one module, `edgebokeh`, which is not the package but puts it in its own place."""


def environment() -> dict[str, str]:
    """That of this process, with edgebokeh in front of what PYTHONPATH has, and without the current folder."""
    paths = [str(FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1"}
