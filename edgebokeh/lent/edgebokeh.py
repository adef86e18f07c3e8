"""Imported as `edgebokeh` from this folder: puts the package around it in its place."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_package = Path(__file__).parent.parent
_spec = spec_from_file_location("edgebokeh", _package / "__init__.py", submodule_search_locations=[str(_package)])
assert _spec
assert _spec.loader
_module = module_from_spec(_spec)
# A module may replace itself there (Python's language reference, The import system).
sys.modules["edgebokeh"] = _module
_spec.loader.exec_module(_module)
