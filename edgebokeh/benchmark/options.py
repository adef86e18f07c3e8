"""The options of `edgebokeh bench`, in groups, as Typer reads them."""

from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import typer

from edgebokeh import options

Models = Annotated[
    list[str] | None, typer.Option("--model", metavar="NAME|FILE", help="A network; repeatable. [default: selfie]")
]
Precisions = Annotated[
    list[str] | None,
    typer.Option(
        "--precision",
        metavar="own|fp16|int8|int8-weights",
        help="Each network as it is, or its file NAME-int8.onnx and the like; repeatable. [default: own]",
    ),
]
Providers = Annotated[
    list[str] | None, typer.Option("--provider", metavar="NAME", help="Execution provider; repeatable. [default: cpu]")
]
ProviderOptions = Annotated[
    list[str] | None, typer.Option("--provider-option", metavar="K=V", help="For every provider but cpu; repeatable.")
]
AllowFallback = Annotated[
    bool, typer.Option("--allow-fallback", help="Measure what really runs where a provider does not.")
]
Threads = Annotated[
    list[int] | None, typer.Option("--threads", metavar="N", help="Threads; repeatable. [default: all allowed cores]")
]
Sizes = Annotated[
    list[str] | None,
    typer.Option("--size", metavar="WxH", help="Input of a network that takes any; repeatable. [default: its own]"),
]
Batches = Annotated[
    list[int] | None,
    typer.Option("--batch", metavar="N", help="Pictures in a run; above 1 the network alone is measured; repeatable."),
]
Pythons = Annotated[
    list[str] | None,
    typer.Option("--python", metavar="PATH", help="Interpreter with another onnxruntime; repeatable. [default: this]"),
]
Photo = Annotated[
    Path | None, typer.Option("--photo", metavar="FILE", help="What to work on. [default: the sample portrait]")
]
Baseline = Annotated[
    str | None,
    typer.Option(
        "--baseline", metavar="NAME", help="Compare with the first of this provider, model or Python. [default: cpu]"
    ),
]
Scenario = Annotated[
    Literal["single", "offline"],
    typer.Option("--scenario", help="One photo after the other, or for the throughput several at once."),
]
Flight = Annotated[
    int | None, typer.Option("--flight", metavar="N", help="Offline: how many at once. [default: the cores]")
]
Fps = Annotated[
    float | None, typer.Option("--fps", metavar="N", help="Photos come at this rate; late ones are counted.")
]
Budget = Annotated[
    str, typer.Option("--budget", metavar="TIME", help="Time for all rounds together, such as 60s or 2m.")
]
Within = Annotated[
    str,
    typer.Option("--within", metavar="PERCENT", help="Stop when every ratio is known this well; less is no matter."),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Of the order of each round.")]
Profile = Annotated[
    bool, typer.Option("--profile", help="Ask onnxruntime whose kernels took the time; no device profile.")
]
Limit = Annotated[
    float, typer.Option("--limit", metavar="SECONDS", help="A process that is silent for longer is given up.")
]
SelfCheck = Annotated[
    bool, typer.Option("--self-check", help="Measure the baseline against itself; finding a difference is an error.")
]
Widest = Annotated[
    str, typer.Option("--widest", metavar="PERCENT", help="--self-check: an interval wider than this tells nothing.")
]
Repeat = Annotated[
    int, typer.Option("--repeat", metavar="N", min=1, help="--self-check: so many, with a seed each; a line for each.")
]
Json = Annotated[str | None, typer.Option("--json", metavar="FILE", help="Write all of it as JSON; - prints it.")]
Csv = Annotated[str | None, typer.Option("--csv", metavar="FILE", help="Write a line for each; - prints them.")]
Markdown = Annotated[
    str | None, typer.Option("--markdown", metavar="FILE", help="Write the tables as Markdown; - prints them.")
]
Html = Annotated[str | None, typer.Option("--html", metavar="FILE", help="Write one page with charts; - prints it.")]
OldResult = Annotated[Path, typer.Argument(metavar="OLD", help="A file that bench --json wrote.")]
NewResult = Annotated[Path, typer.Argument(metavar="NEW", help="Another one, to compare with it.")]
FailAbove = Annotated[
    str | None,
    typer.Option(metavar="PERCENT", help="What takes longer by more, and not by chance, or is lost, is an error."),
]


class What(NamedTuple):
    """What is measured: each of these with each of the others."""

    model: Models = None
    precision: Precisions = None
    provider: Providers = None
    provider_option: ProviderOptions = None
    allow_fallback: AllowFallback = False
    threads: Threads = None
    size: Sizes = None
    batch: Batches = None
    python: Pythons = None


class How(NamedTuple):
    """On what photo, in which rounds and for how long."""

    photo: Photo = None
    quality: options.Quality = None
    baseline: Baseline = None
    scenario: Scenario = "single"
    flight: Flight = None
    fps: Fps = None
    budget: Budget = "60s"
    within: Within = "2%"
    seed: Seed = 0
    profile: Profile = False
    limit: Limit = 120.0


class Check(NamedTuple):
    """Whether the baseline is measured against itself instead."""

    self_check: SelfCheck = False
    widest: Widest = "10%"
    repeat: Repeat = 1


class Forms(NamedTuple):
    """Where each form of the result goes: a file, - for standard output, or nowhere."""

    as_json: Json = None
    as_csv: Csv = None
    as_markdown: Markdown = None
    as_html: Html = None
    force: options.Force = False

    @property
    def targets(self) -> dict[str, str | None]:
        """By form."""
        return {"json": self.as_json, "csv": self.as_csv, "markdown": self.as_markdown, "html": self.as_html}
