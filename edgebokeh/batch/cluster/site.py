"""What a cluster has room for, asked again as it grows."""

from typing import Any

GPUS = ("cuda", "tensorrt", "tensorrt-rtx", "migraphx", "rocm")
"""Keys of PROVIDERS that take what Ray counts as a GPU."""


class Site:
    """The machines of a cluster, as places for workers of so many threads each.

    provider: the first that the workers are to use, which may take GPUs. jobs: how many workers there are to be, None
    for as many as find room. grows: whether machines may join; then one worker more is wanted than there is room for,
    as a cluster that grows by itself sees only what is asked of it.
    """

    def __init__(self, ray: Any, threads: int, provider: str, jobs: int | None, *, grows: bool) -> None:
        self._ray, self._threads, self._jobs, self._grows = ray, threads, jobs, grows
        self._on_gpus = provider.partition(":")[0].lower() in GPUS

    def wanted(self) -> int:
        """How many workers there may be now; at least one."""
        return self._jobs or max(1, self._room() + self._grows)

    def resources(self) -> dict[str, float]:
        """What Ray is to give each worker: cores, and its share of the GPUs."""
        offered = float(self._ray.cluster_resources().get("GPU", 0))
        if not self._on_gpus:
            return {"num_cpus": self._threads, "num_gpus": 0}
        room = self._jobs or self._room()
        return {"num_cpus": self._threads, "num_gpus": gpu_share(offered, room) if room else 1}

    @property
    def needs(self) -> str:
        """What a worker needs, and what there is."""
        largest = max(self._cores(), default=0)
        return f"each needs {self._threads} cores, and the largest machine has {largest}"

    def _room(self) -> int:
        return sum(cores // self._threads for cores in self._cores())

    def _cores(self) -> list[int]:
        return [int(node["Resources"].get("CPU", 0)) for node in self._ray.nodes() if node["Alive"]]


def gpu_share(offered: float, workers: int) -> float:
    """Of a GPU for each worker, 0..1: what the cluster offers, divided by them; 0 where it has none: they tell."""
    return max(0.01, min(1.0, int(100 * offered / workers) / 100)) if offered else 0
