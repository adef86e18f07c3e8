"""Options that every recipe's command has."""

from typing import Annotated, Any

import typer

from export.artifact import MODELS

Force = Annotated[bool, typer.Option("--force", help="Overwrite the output file.")]


def output(name: str) -> Any:
    """`-o`, whose default is the file of the model `name` in `models/`."""
    return typer.Option("-o", "--output", show_default=f"{MODELS.name}/{name}.onnx", help="The ONNX file to write.")
