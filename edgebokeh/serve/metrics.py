"""What the server counts and times, as Prometheus reads it."""

from collections.abc import Callable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Bounds of the stages' buckets."""

Measure = Callable[[], float]


class Metrics:
    """Counters of one server. gauges: by name, what it is and how to tell it when it is asked for."""

    def __init__(self, gauges: Mapping[str, tuple[str, Measure]]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "edgebokeh_requests", "Requests answered.", ("route", "method", "status"), registry=self._registry
        )
        self._failures = Counter(
            "edgebokeh_failures", "Requests refused, by error.", ("error",), registry=self._registry
        )
        self._stages = Histogram(
            "edgebokeh_stage_seconds", "Time in each stage.", ("stage",), registry=self._registry, buckets=SECONDS
        )
        for name, (what, measure) in gauges.items():
            Gauge(f"edgebokeh_{name}", what, registry=self._registry).set_function(measure)

    def answered(self, route: str, method: str, status: int) -> None:
        """Counts a request. route: its pattern, so that there are only so many."""
        self._requests.labels(route, method, str(status)).inc()

    def failed(self, kind: str) -> None:
        """Counts a request that was refused."""
        self._failures.labels(kind).inc()

    def timed(self, milliseconds: Mapping[str, float]) -> None:
        """Notes how long a photo's stages took."""
        for stage, spent in milliseconds.items():
            self._stages.labels(stage).observe(spent / 1000)

    def text(self) -> bytes:
        """All of it, in the text format 0.0.4."""
        return generate_latest(self._registry)
