"""A process that measures one configuration of a benchmark, as the process sees it that asks."""

import contextlib
import json
import queue
import subprocess
import threading
from collections.abc import Mapping
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

from edgebokeh import lent
from edgebokeh.errors import ExitCode


class WorkerError(Exception):
    """A configuration that cannot be measured. state: "impossible", "refused" or "failed"; the text says why."""

    def __init__(self, state: str, message: str) -> None:
        super().__init__(message)
        self.state = state


class Worker:
    """`edgebokeh.benchmark.trial` in a process of its own; between two requests it sleeps.

    python: the interpreter; it imports this very edgebokeh, and all else is its own. limit: seconds that an answer may
    take. Raises WorkerError where there is no such interpreter.
    """

    def __init__(self, python: str, limit: float) -> None:
        self._limit = limit
        self._complaints = TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        try:
            self._process = subprocess.Popen(
                [python, "-m", "edgebokeh.benchmark.trial"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                env=lent.environment() | {"PYTHONWARNINGS": "ignore"},
                encoding="utf-8",
            )
        except OSError as error:
            self._complaints.close()
            raise WorkerError("failed", f"{python} cannot be started ({error.strerror})") from error
        self._answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, request: Mapping[str, Any], planned: float = 0.0) -> dict[str, Any]:
        """The answer to a request. planned: seconds that it is meant to take, which do not count against the limit.

        Raises WorkerError where it is an error, or none, or none in time.
        """
        with contextlib.suppress(OSError):
            assert self._process.stdin
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        try:
            line = self._answers.get(timeout=self._limit + planned)
        except queue.Empty:
            self._process.kill()
            raise WorkerError("failed", f"it gave no answer within {self._limit + planned:.3g} seconds") from None
        try:
            answer: dict[str, Any] = json.loads(line or "null") or {"error": self._last_words(), "code": 1, "hint": ""}
        except ValueError:
            raise WorkerError("failed", f"its answer is no JSON: {(line or '')[:80]!r}") from None
        if "error" in answer:
            state = _STATES.get(answer["code"], "failed")
            raise WorkerError(state, "; ".join(filter(None, (answer["error"], answer["hint"]))))
        return answer

    def close(self) -> None:
        """Ends the process, by force if it does not go."""
        with contextlib.suppress(OSError):
            assert self._process.stdin
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        assert self._process.stdout
        self._process.stdout.close()
        self._complaints.close()

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put(None)

    def _last_words(self) -> str:
        code = self._process.wait()
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        ended = f"it was ended by signal {-code}" if code < 0 else f"it ended with exit code {code}"
        return f"{ended}: {lines[-1].strip()}" if lines else ended


_STATES = {
    ExitCode.CONTRADICTION: "impossible",
    ExitCode.PROVIDER_UNKNOWN: "refused",
    ExitCode.PROVIDER_ABSENT: "refused",
    ExitCode.PROVIDER_NOT_USED: "refused",
    ExitCode.PROVIDER_WRONG: "wrong",
}
"""What an exit code makes of a configuration."""
