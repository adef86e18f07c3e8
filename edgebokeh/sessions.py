"""Opens onnxruntime sessions that really run where they should: onnxruntime's own word is not enough.

It accepts providers that it cannot start and takes the CPU in silence; it lists a provider first that runs few nodes or
none; and a provider may run all nodes and give nonsense. So three things are looked at: which provider the session
lists first, how many of the graph's nodes it was given, and what comes out, beside what the CPU says.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import onnxruntime as ort

from edgebokeh import execution, parity
from edgebokeh.arrays import Floats
from edgebokeh.chatter import captured
from edgebokeh.errors import (
    ProviderError,
    ProviderNotUsedError,
    ProviderWrongError,
    ValueRangeError,
)
from edgebokeh.execution import Wish
from edgebokeh.graphs import cpu_session, first_line, options

ERRORS = 3
"""onnxruntime's log level at which it says why a provider did not start."""

BLIND = f"onnxruntime {ort.__version__} does not tell which nodes run where"

UNCOMPARED = "its outputs were not compared with the CPU's"

MOST = 0.5
"""The share of a network's nodes that a provider has to run at least, to count as what runs the network."""


class Runtime(NamedTuple):
    """How to run networks.

    providers: in order of wish, each a key of PROVIDERS or onnxruntime's own name, with ":device" where one of several
    is meant. options: of the first of these, in its own words. allow_fallback: whether the next wish, and at last the
    CPU, may run what the first does not; else that is an error. threads: that work on one run; None takes as many as
    the process may use cores. cache: whether graphs optimised for the CPU are kept in the user's cache folder and taken
    from there. compare: whether outputs are held against the CPU's as soon as a network is opened; without that, it is
    for the caller to call `compared`. profile: how the path of the file begins that onnxruntime's profiler writes; ""
    for none.
    """

    providers: tuple[str, ...] = ("cpu",)
    options: tuple[tuple[str, str], ...] = ()
    allow_fallback: bool = False
    threads: int | None = None
    cache: bool = True
    compare: bool = True
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What really runs a network.

    provider: the key in PROVIDERS of what runs most of its nodes. device: which one, "" where there is one kind.
    wanted: the wishes, as the Runtime has them. share: of the nodes that run on `provider`, 0..1; None where
    onnxruntime does not tell. nodes: how many, by key; empty where it does not tell. fallback: whether another than the
    first wish was taken. note: why, or what else is to be known; "" for nothing. parity: the largest absolute
    difference of the output to the CPU's on one picture; None where nothing was compared.
    """

    provider: str
    device: str = ""
    wanted: tuple[str, ...] = ("cpu",)
    share: float | None = 1.0
    nodes: Mapping[str, int] = field(default_factory=dict)
    fallback: bool = False
    note: str = ""
    parity: float | None = None


def wishes(provider: Any) -> tuple[str, ...]:
    """One provider or several, as a Runtime has them. Raises ValueRangeError for what is no text."""
    several = isinstance(provider, Sequence) and not isinstance(provider, str)
    found = tuple(provider) if several else (provider,)
    if not all(isinstance(one, str) for one in found):
        raise ValueRangeError(f"the provider is {provider!r}", "name it by a text such as cpu, or several by several")
    return found


def open_session(path: Path, runtime: Runtime) -> tuple[Any, Verdict]:
    """An onnxruntime session, and what really runs it.

    Raises ModelUnreadableError; without `allow_fallback` what the first wish fails with: ProviderAbsentError,
    ProviderNotUsedError, ProviderWrongError. Always ProviderUnknownError, ValueRangeError for options of the CPU, and
    ContradictionError for two devices.
    """
    wishes = list(dict.fromkeys(execution.wish(text) for text in runtime.providers))
    if runtime.allow_fallback and Wish("cpu") not in wishes:
        wishes.append(Wish("cpu"))
    for wish in wishes[:1]:
        execution.refuse_two_devices(wish, dict(runtime.options))
    notes: list[str] = []
    for wish in wishes if runtime.allow_fallback else wishes[:1]:
        try:
            session, verdict = _opened(path, wish, runtime, {} if notes else dict(runtime.options))
        except ProviderError as error:
            if wish == wishes[-1] or not runtime.allow_fallback:
                raise
            notes.append(str(error))
        else:
            note = "; ".join([*notes, verdict.note] if verdict.note else notes)
            return session, replace(verdict, wanted=runtime.providers, fallback=bool(notes), note=note)
    raise ValueRangeError("no execution provider is named", "name one, such as cpu")


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """One verdict about several networks: their nodes counted together, any fallback told, the largest difference.

    What is unknown of one of them is unknown of all.
    """
    nodes: Counter[str] = Counter()
    for verdict in verdicts:
        nodes.update(verdict.nodes or {verdict.provider: 1})
    provider, most = nodes.most_common(1)[0]
    apart = [verdict.parity for verdict in verdicts if verdict.parity is not None]
    return Verdict(
        provider,
        next((verdict.device for verdict in verdicts if verdict.provider == provider), ""),
        verdicts[0].wanted,
        None if any(verdict.share is None for verdict in verdicts) else most / nodes.total(),
        dict(nodes) if all(verdict.nodes for verdict in verdicts) else {},
        any(verdict.fallback for verdict in verdicts),
        "; ".join(dict.fromkeys(verdict.note for verdict in verdicts if verdict.note)),
        max(apart, default=None),
    )


def _opened(path: Path, wish: Wish, runtime: Runtime, own: Mapping[str, str]) -> tuple[Any, Verdict]:
    if wish.key == "cpu":
        if own or wish.device:
            raise ValueRangeError("the provider cpu has neither options nor devices", "leave them out")
        session = cpu_session(path, runtime.threads, keep=runtime.cache, profile=runtime.profile)
        return session, Verdict("cpu", nodes=_nodes(session))
    with captured() as said:
        how = execution.attach(wish.key)
        session, failure = _created(path, wish, how, runtime, own)
    if session is None:
        # Where the CPU cannot open it either, the model is at fault, and that is raised here.
        cpu_session(path, runtime.threads, keep=runtime.cache)
        raise _not_used(f"{_name(wish)} cannot run {path.name} ({failure})")
    verdict = judged(wish, execution.key_of(session.get_providers()[0]), _nodes(session), said)
    verdict = replace(verdict, device=wish.device or execution.default_device(wish.key))
    if not runtime.compare:
        return session, verdict
    apart, why = compared(session, wish, path, runtime)
    note = "; ".join(filter(None, (verdict.note, why)))
    return session, replace(verdict, parity=apart, note=note)


def _created(path: Path, wish: Wish, how: execution.Kind, runtime: Runtime, own: Mapping[str, str]) -> tuple[Any, str]:
    """A session as onnxruntime makes it, or None and its reason."""
    row, settings = execution.rows()[wish.key], options(runtime.threads, runtime.profile)
    settings.log_severity_level = ERRORS
    plugged = execution.device_for(wish) if how == "plugin" else None
    told = execution.device_options(wish) | execution.thread_options(wish, settings.intra_op_num_threads) | dict(own)
    wanted = None if plugged else [(row.name, told)]
    if "[cuda" in row.package and hasattr(ort, "preload_dlls"):
        ort.preload_dlls()
    try:
        if plugged:
            settings.add_provider_for_devices([plugged], dict(own))
        # With onnxruntime's own fallback it would print to standard output, and go on with another provider.
        session = ort.InferenceSession(str(path), settings, providers=wanted, enable_fallback=0)
    except Exception as error:  # onnxruntime raises a dozen unrelated private classes
        return None, first_line(error)
    session.disable_fallback()
    return session, ""


def judged(wish: Wish, first: str, nodes: Mapping[str, int], said: Sequence[str] = ()) -> Verdict:
    """What runs a network that was opened for a wish, by what its session tells.

    first: key of the provider that it lists first. nodes: how many run on each; empty where onnxruntime does not tell.
    said: lines of onnxruntime's log.
    Raises ProviderNotUsedError where a smaller share of them than MOST runs on what was asked for.
    """
    if first != wish.key:
        raise _not_used(f"onnxruntime could not start {_name(wish)} and took {first}{_why(said)}")
    if not nodes:
        return Verdict(wish.key, share=None, note=BLIND)
    count, total = nodes.get(wish.key, 0), sum(nodes.values())
    others = ", ".join(f"{number} on {key}" for key, number in nodes.items() if key != wish.key)
    if count < MOST * total:
        ran = f"only {count} of the network's {total} nodes" if count else "none of the network's nodes"
        raise _not_used(f"onnxruntime lists {_name(wish)}, but it runs {ran} ({others}){_why(said)}")
    share = count / total
    note = f"{wish.key} runs {count} of {total} nodes, {share:.0%} ({others})" if others else ""
    return Verdict(wish.key, share=share, nodes=dict(nodes), note=note)


def compared(session: Any, wish: Wish, path: Path, runtime: Runtime) -> tuple[float | None, str]:
    """How far a session's output is from the CPU's for one picture; or None, and why nobody knows what is right.

    That picture is the first on which the CPU's output is more than one value.
    Raises ProviderWrongError, ProviderNotUsedError where it cannot run.
    """
    for drawn in (parity.portrait, parity.noise):
        picture = parity.question(session, drawn=drawn)
        if picture is None:
            return None, f"{UNCOMPARED}, as {path.name} does not say that it takes one picture of three colours"
        with captured():
            try:
                truth = parity.answer(cpu_session(path, runtime.threads, keep=runtime.cache), picture)
            except Exception as error:  # onnxruntime raises a dozen unrelated private classes
                return None, f"{UNCOMPARED}, which cannot run {path.name} on a drawn picture ({first_line(error)})"
            try:
                output = parity.answer(session, picture)
            except Exception as error:
                raise _not_used(f"{_name(wish)} opened {path.name}, but cannot run it ({first_line(error)})") from error
        apart = _apart(output, truth, wish, path)
        if apart is None:
            return None, f"{UNCOMPARED}, which has values for {path.name} that are no numbers"
        if not parity.is_flat(truth):
            return apart, ""
    return None, f"{UNCOMPARED}, which has but one value for {path.name} on drawn pictures"


def _apart(output: Floats, truth: Floats, wish: Wish, path: Path) -> float | None:
    """How far an output is from the true one; None where that has values that are none. Raises ProviderWrongError."""
    apart, limit = parity.difference(output, truth), parity.limit(truth, execution.rows()[wish.key].tolerance)
    if not isfinite(limit):
        return None
    if apart > limit:
        raise ProviderWrongError(
            f"{_name(wish)} gives wrong results for {path.name}: "
            f"{apart:.2g} from the CPU's, which span {truth.min():.2g} to {truth.max():.2g} (at most {limit:.2g})",
            "use another provider or device, other options for it, or --allow-fallback",
        )
    return apart


def _nodes(session: Any) -> dict[str, int]:
    """How many of the graph's nodes were given to each provider; empty where this onnxruntime does not tell."""
    counts: Counter[str] = Counter()
    if hasattr(session, "get_provider_graph_assignment_info"):
        for part in session.get_provider_graph_assignment_info():
            counts[execution.key_of(part.ep_name)] += len(part.get_nodes())
    return dict(counts)


def _why(said: Sequence[str]) -> str:
    """The reason in onnxruntime's log, behind a place in its source."""
    reasons = [line.rpartition("with error: ")[2] for line in said if "with error: " in line]
    reasons += [line.rpartition("] ")[2] for line in said if "[E:onnxruntime" in line]
    return f" ({reasons[0].strip()})" if reasons else ""


def _name(wish: Wish) -> str:
    return f"{wish.key}:{wish.device}" if wish.device else wish.key


def _not_used(message: str) -> ProviderNotUsedError:
    return ProviderNotUsedError(
        message,
        "see what runs here with: edgebokeh providers; or go on with the next, then cpu: --allow-fallback",
    )
