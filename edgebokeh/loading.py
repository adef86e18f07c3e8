"""Networks opened as the commands' options say, and what is to be told about what runs them."""

from typing import TYPE_CHECKING

from edgebokeh import options
from edgebokeh.console import say
from edgebokeh.tuning.commands import wished

if TYPE_CHECKING:
    from edgebokeh.pipeline import Bokeh
    from edgebokeh.sessions import Verdict


def load(wish: options.Networks) -> "Bokeh":
    """Opens the networks. Raises what `pipeline.load` does."""
    from edgebokeh import pipeline

    bokeh = pipeline.load(
        wish.model,
        provider=wish.provider or None,
        provider_options=options.parse_settings(wish.provider_option or []),
        allow_fallback=wish.allow_fallback,
        spec=wish.spec,
        gate=wish.gate,
        threads=wish.threads,
        cache=not wish.no_cache,
        profile=wished(wish.profile) if wish.profile is not None else None,
    )
    if "auto" in (wish.provider or []):
        say(f"edgebokeh: auto takes {bokeh.verdict.provider}", err=True)
    return bokeh


def tell(verdict: "Verdict", told: str = "") -> str:
    """Warns of a fallback, and of a provider that runs less than half, unless that was told. Returns what is told."""
    if verdict.note and verdict.note != told:
        what = f"{verdict.provider} runs instead: " if verdict.fallback else ""
        say(f"edgebokeh: warning: {what}{verdict.note}", err=True)
    return verdict.note
