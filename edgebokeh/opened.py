"""The networks that options name, opened, and what is to be said about them."""

import gc
from typing import TYPE_CHECKING

from edgebokeh import options
from edgebokeh.console import say
from edgebokeh.option_groups import Networks
from edgebokeh.tuning.commands import wished

if TYPE_CHECKING:
    from edgebokeh.pipeline import Bokeh
    from edgebokeh.sessions import Verdict


def load(wish: Networks, quality: str | None) -> "Bokeh":
    """Opens them, and has garbage collected from here on. quality: asked for, as a device profile is measured for one.

    Raises what `edgebokeh.load` does.
    """
    from edgebokeh import pipeline

    bokeh = pipeline.load(
        wish.model,
        provider=wish.provider or None,
        provider_options=options.parse_settings(wish.provider_option or []),
        allow_fallback=wish.allow_fallback,
        spec=wish.description.asked(),
        gate=wish.gate,
        threads=wish.threads,
        cache=not wish.no_cache,
        profile=wished(wish.profile, quality) if wish.profile is not None else None,
    )
    if not gc.isenabled():
        # What is there stays until the process ends: the collector never has to look at it.
        gc.freeze()
        gc.enable()
    if "auto" in (text.lower() for text in wish.provider or []):
        say(f"edgebokeh: auto takes {bokeh.verdict.provider}", err=True)
    if bokeh.finder.guesses:
        what = f"{bokeh.finder.path} does not say how it wants its pictures; guessed: {bokeh.finder.guesses}"
        say(f"edgebokeh: {what}; correct what is wrong, and keep it with: edgebokeh models stamp", err=True)
    return bokeh


def tell(verdict: "Verdict", told: str = "") -> str:
    """Warns of a fallback, and of a provider that runs less than all, unless that was told. Returns what is told."""
    if verdict.note and verdict.note != told:
        what = f"{verdict.provider} runs instead: " if verdict.fallback else ""
        say(f"edgebokeh: warning: {what}{verdict.note}", err=True)
    return verdict.note
