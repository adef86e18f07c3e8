"""How `edgebokeh serve` holds out: python -m benchmarks.serve, or with --preview how fast a slider is answered.

Load: 16 clients post photos to a server of its own on loopback, in rounds, each followed by one in which the batch
runner works through as many of the same photo with one for each core at once, so that the ratio stays true on a machine
that is not quiet. Said are what was answered and how much memory the server had in each round.

Previews: one photo is uploaded, and each style's strength moved as a slider would; in turns with whole results of the
same look, so that their ratio stays true as well. Exits with 1 where an answer is neither a picture nor 429.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks import machine
from benchmarks.material import jpeg, photo
from benchmarks.tables import fixed_width, markdown, put
from edgebokeh import BatchSettings, Bokeh, convert_all, load
from edgebokeh.styles import STYLES

SIDE = 1280
"""Long side of a preview in pixels, that of a window."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server. address: of it. process: that it is."""

    address: str
    process: "subprocess.Popen[str]"

    @property
    def megabytes(self) -> float:
        """What it has in memory; 0 where the system does not tell."""
        told = Path(f"/proc/{self.process.pid}/status")
        lines = told.read_text("ascii").splitlines() if told.exists() else []
        return sum(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS:"))


@dataclass(slots=True)
class Round:
    """What came of a round.

    statuses: of the answers. rate: photos a second of the server; batch: of the batch runner. megabytes: that the
    server had in memory, second by second.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    rate: float = 0.0
    batch: float = 0.0
    megabytes: list[float] = field(default_factory=list)


@contextmanager
def served(*arguments: str) -> Iterator[Running]:
    """A server on loopback, until the block is left."""
    command = [sys.executable, "-m", "edgebokeh", "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            yield Running(line.split("ready at ")[1].split(";")[0], process)
        finally:
            process.terminate()


def stormed(server: Running, data: bytes, clients: int, seconds: float) -> Round:
    """So many clients post a photo, one after the other each, for so long."""
    done, lock, end = Round(), threading.Lock(), time.perf_counter() + seconds

    def ask() -> None:
        with httpx.Client(timeout=120) as client:
            while time.perf_counter() < end:
                answer = client.post(f"{server.address}v1/blur", content=data)
                with lock:
                    done.statuses[answer.status_code] += 1
                if answer.status_code == 429:
                    time.sleep(float(answer.headers["retry-after"]))

    start = time.perf_counter()
    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    while time.perf_counter() < end:
        time.sleep(1)
        done.megabytes.append(server.megabytes)
    for thread in threads:
        thread.join()
    done.rate = done.statuses[200] / (time.perf_counter() - start)
    return done


def batched(bokeh: Bokeh, data: bytes, photos: int) -> float:
    """Photos a second of the batch runner, one photo for each core at once."""
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / "in"
        inside.mkdir()
        for number in range(photos):
            (inside / f"{number:04}.jpg").write_bytes(data)
        start = time.perf_counter()
        outcomes = list(
            convert_all(bokeh, [inside], Path(folder) / "out", settings=BatchSettings(jobs=machine.cores()))
        )
        spent = time.perf_counter() - start
    assert all(outcome.result for outcome in outcomes)
    return photos / spent


def hold(data: bytes, clients: int, seconds: float, rounds: int, arguments: Sequence[str]) -> list[Round]:
    """The rounds of the load; each is said when it is over."""
    bokeh, done = load(threads=1), []
    with served(*arguments) as server:
        stormed(server, data, clients, 2)
        print(f"before: {server.megabytes:.0f} MB")
        for number in range(rounds):
            one = stormed(server, data, clients, seconds / rounds)
            one.batch = batched(bokeh, data, max(2, round(one.rate * seconds / rounds)))
            answers = ", ".join(f"{status}: {times}" for status, times in sorted(one.statuses.items()))
            rates = f"{one.rate:.2f} photos a second, batch {one.batch:.2f}, ratio {one.rate / one.batch:.2f}"
            memory = f"{statistics.median(one.megabytes):.0f} MB, at most {max(one.megabytes):.0f}"
            print(f"round {number + 1}: {answers}; {rates}; {memory}", flush=True)
            done.append(one)
    return done


def slid(client: httpx.Client, preview: str, result: str, extra: str, moves: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each preview, and of whole results between them. extra: further fields of the query."""
    previews, results = [], []
    for number in range(moves):
        query = f"strength={30 + 60 * number / moves:.1f}&{extra}"
        start = time.perf_counter()
        client.get(f"{preview}&{query}").raise_for_status()
        middle = time.perf_counter()
        previews.append((middle - start) * 1000)
        if number % 5 == 0:
            client.get(f"{result}?{query}").raise_for_status()
            results.append((time.perf_counter() - middle) * 1000)
    return previews, results


def previewed(data: bytes, moves: int, side: int, arguments: Sequence[str]) -> list[list[str]]:
    """A table: by look, how long previews of a long side take, and as a share of a whole result."""
    lines = [["look", "median ms", "p95 ms", "of a whole result"]]
    looks = [f"style={name}" for name in STYLES] + [f"style={name}&falloff=30" for name in STYLES]
    looks += ["style=lens%2Bgrey", "feather=8&expand=4", "quality=best&style=lens"]
    with served(*arguments) as server, httpx.Client(timeout=120, base_url=server.address) as client:
        kept = client.post("v1/photos", content=data).raise_for_status().json()["id"]
        for look in looks:
            preview, result = f"v1/photos/{kept}/preview?side={side}", f"v1/photos/{kept}/result"
            client.get(f"{preview}&{look}").raise_for_status()
            times, wholes = slid(client, preview, result, look, moves)
            median, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
            lines.append([look, f"{median:.0f}", f"{p95:.0f}", f"{median / statistics.median(wholes):.2f}"])
    return lines


def _table(rounds: Sequence[Round]) -> list[list[str]]:
    lines = [["round", "answers", "photos a second", "of the batch runner", "ratio", "MB", "at most"]]
    for number, one in enumerate(rounds, 1):
        answers = ", ".join(f"{status}: {times}" for status, times in sorted(one.statuses.items()))
        rates = f"{one.rate:.2f}", f"{one.batch:.2f}", f"{one.rate / one.batch:.2f}"
        lines.append(
            [str(number), answers, *rates, f"{statistics.median(one.megabytes):.0f}", f"{max(one.megabytes):.0f}"]
        )
    ratio = statistics.median(one.rate / one.batch for one in rounds)
    return [*lines, ["median", "", "", "", f"{ratio:.2f}", "", ""]]


def _machine() -> str:
    told = machine.fingerprint()
    waiting = f"{machine.load():.1f} processes waited for each core"
    return f"*{told['processor']}, {told['cores']} cores, Python {told['python']}; at the end {waiting}.*"


def main() -> None:
    """Measures, and says what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preview", action="store_true", help="how fast a slider is answered")
    parser.add_argument("--seconds", type=float, default=60, help="of load on the server (60)")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--moves", type=int, default=20, help="of the slider, for each look (20)")
    parser.add_argument("--side", type=int, default=SIDE, help="long side of previews (1280)")
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--page", type=Path, help="a page of the documentation to put the figures into")
    parser.add_argument("arguments", nargs="*", help="further ones of edgebokeh serve, after --")
    wanted = parser.parse_args()
    data = jpeg(photo(wanted.megapixels)).tobytes()
    print(f"{wanted.megapixels:g} megapixels, a JPEG of {len(data) / 1e6:.1f} MB; {machine.cores()} cores")
    if wanted.preview:
        table = previewed(data, wanted.moves, wanted.side, wanted.arguments)
        print(fixed_width(table))
        if wanted.page:
            put(wanted.page, "previews", f"{markdown(table)}\n\n{_machine()}")
        return
    rounds = hold(data, wanted.clients, wanted.seconds, wanted.rounds, wanted.arguments)
    ratio = statistics.median(one.rate / one.batch for one in rounds)
    odd = sum((one.statuses for one in rounds), Counter())
    wrong = {status: times for status, times in odd.items() if status not in (200, 429)}
    memory = [statistics.median(one.megabytes) for one in rounds]
    if wanted.page:
        put(wanted.page, "load", f"{markdown(_table(rounds))}\n\n{_machine()}")
    print(f"throughput over that of the batch runner: {ratio:.2f}, the median of {len(rounds)} rounds")
    print(f"memory in the rounds, the median of each: {', '.join(f'{one:.0f}' for one in memory)} MB")
    print(f"answers that are neither a picture nor 429: {sum(wrong.values())}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
