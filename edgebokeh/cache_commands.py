"""`edgebokeh cache`: what is kept between runs, and throwing it away."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from edgebokeh import options
from edgebokeh.console import say

if TYPE_CHECKING:
    from edgebokeh.cache import CacheInfo

app = typer.Typer()


@app.callback(invoke_without_command=True)
def show(context: typer.Context, as_json: options.Json = False) -> None:
    """Show where optimised networks are kept, how many, and how much room they take."""
    if context.invoked_subcommand is None:
        from edgebokeh.cache import cache_info

        say(_line(cache_info(), "", as_json=as_json))


@app.command()
def clear(as_json: options.Json = False) -> None:
    """Throw all of it away. It is made again when it is needed."""
    from edgebokeh.cache import clear_cache

    say(_line(clear_cache(), "cleared ", as_json=as_json))


def _line(info: "CacheInfo", done: str, *, as_json: bool) -> str:
    if as_json:
        return json.dumps(asdict(info) | {"folder": str(info.folder) if info.folder else None})
    if not info.folder:
        return "there is no cache"
    return f"{done}{info.folder}: {info.bytes / 1e6:.1f} MB, optimised networks: {info.entries}"
