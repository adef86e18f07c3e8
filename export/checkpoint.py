"""Weights for torchvision's segmenters: its own, random ones, or those of a checkpoint file."""

import contextlib
import hashlib
import http.client
import pickle
import sys
from pathlib import Path
from typing import Any

import torch
import torchvision

from export.errors import DownloadError, SourceError

WRAPPERS = ("model", "state_dict", "model_state_dict")
"""Keys under which training scripts keep the weights inside a checkpoint."""

_CLASSIFIER = "classifier.4.weight"


def network(name: str, classes: int) -> Any:
    """torchvision's segmenter `name` without auxiliary head, with the same random weights each time."""
    torch.manual_seed(0)
    return torchvision.models.get_model(
        name, weights=None, weights_backbone=None, num_classes=classes, aux_loss=False
    ).eval()


def default_file(name: str) -> str:
    """The file name under which torchvision publishes its weights for `name`."""
    url: str = _default(name).url
    return url.rsplit("/", 1)[1]


def download(name: str) -> dict[str, Any]:
    """torchvision's COCO_WITH_VOC_LABELS_V1 weights for `name`, from its cache or from the network, hash checked.

    Raises DownloadError, after which nothing half-written is left.
    """
    file = default_file(name)
    try:
        # torch announces downloads on stderr, which is for errors here.
        with contextlib.redirect_stderr(sys.stdout):
            state = _default(name).get_state_dict(progress=True, check_hash=True)
    except (OSError, http.client.HTTPException, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise DownloadError(
            f"torchvision cannot get its weights {file} ({_line(error)})",
            f"fetch {file} on a machine with network and give it with --weights {file}",
        ) from error
    return dict(state)


def read(path: Path) -> dict[str, Any]:
    """The weights in a checkpoint file, out of their wrappings. Runs no code from the file.

    Raises SourceError where the file is missing or holds no weights.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror or error})", "name a file that exists") from error
    except Exception as error:  # torch answers a file that is no checkpoint with a dozen kinds of error
        raise SourceError(
            f"{path} is no checkpoint that torch reads safely ({_line(error)})",
            "save one with torch.save(model.state_dict(), FILE)",
        ) from error
    while isinstance(state, dict) and (inner := next((state[key] for key in WRAPPERS if key in state), None)):
        state = inner
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise SourceError(f"{path} holds no weights", "save one with torch.save(model.state_dict(), FILE)")
    return {key.removeprefix("module."): value for key, value in state.items()}


def fill(module: Any, state: dict[str, Any], origin: str) -> None:
    """Load `state` into `module`, every weight of it; an auxiliary head in `state` is dropped.

    origin: how to call the weights in an error. Raises SourceError where they do not fit.
    """
    wanted = module.state_dict()
    given = {key: value for key, value in state.items() if not key.startswith("aux_classifier.")}
    missing = sorted(wanted.keys() - given.keys())
    unknown = sorted(given.keys() - wanted.keys())
    misfit = sorted(key for key in wanted.keys() & given.keys() if wanted[key].shape != given[key].shape)
    if not missing and not unknown and set(misfit) <= {_CLASSIFIER, "classifier.4.bias"} and misfit:
        found, expected = len(given[_CLASSIFIER]), len(wanted[_CLASSIFIER])
        raise SourceError(
            f"{origin} has {found} classes, not {expected}", f"add --num-classes {found} and the --person-index of it"
        )
    if missing or unknown or misfit:
        raise SourceError(
            f"{origin} does not fit this network: {len(missing)} weights are missing, {len(unknown)} unknown and "
            f"{len(misfit)} of another shape, such as {(missing + unknown + misfit)[0]}",
            "name the architecture that it was trained with",
        )
    module.load_state_dict(given)


def digest(module: Any) -> str:
    """SHA-256 of all weights, by name: 64 hex digits."""
    found = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        found.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return found.hexdigest()


def _default(name: str) -> Any:
    return torchvision.models.get_model_weights(name)["COCO_WITH_VOC_LABELS_V1"]


def _line(error: Exception) -> str:
    """The first line of an error's text, which may run over many."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
