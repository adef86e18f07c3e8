"""The options of `edgebokeh serve` in groups. Nothing heavy is imported here."""

from typing import Annotated, NamedTuple

import typer

from edgebokeh import options

Host = Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen; another than loopback needs --token.")]
Port = Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0 takes any that is free.")]
Token = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT", envvar="EDGEBOKEH_TOKEN", help="What callers have to know, 16 signs or more; a secret."
    ),
]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="A name by which callers may call this server, such as booth.local; repeatable."),
]
Open = Annotated[bool, typer.Option("--open", help="Open the page in the browser.")]
MaxUpload = Annotated[int, typer.Option(metavar="MB", min=1, help="The largest request body.")]
ServeJobs = Annotated[
    int | None,
    typer.Option("--jobs", metavar="N", min=1, max=64, help="Photos to work on at once. [default: the cores]"),
]
Waiting = Annotated[int, typer.Option(metavar="N", min=0, help="How many requests may wait; others get 429.")]
TimeLimit = Annotated[
    float, typer.Option(metavar="SECONDS", min=1, help="The longest that a photo may arrive, or be worked on.")
]
Keep = Annotated[int, typer.Option(metavar="N", min=2, help="How many photos of the page are kept in memory.")]
KeepMemory = Annotated[int, typer.Option(metavar="MB", min=16, help="How much memory these photos may take.")]


class Address(NamedTuple):
    """Where the server listens, and to whom."""

    host: Host = "127.0.0.1"
    port: Port = 8080
    token: Token = None
    allow_host: AllowHost = None
    open: Open = False


class Limits(NamedTuple):
    """What the server takes on."""

    max_megapixels: options.MaxMegapixels = 120
    max_upload: MaxUpload = 64
    jobs: ServeJobs = None
    waiting: Waiting = 16
    time_limit: TimeLimit = 60.0
    keep: Keep = 64
    keep_memory: KeepMemory = 1024
