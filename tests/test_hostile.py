"""Photo files that are damaged, endless or not files at all."""

import io
import os
import random
import signal
import struct
import subprocess
import sys
import threading
import zlib
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import fuzz, specimens
from edgebokeh import files
from edgebokeh.containers import png
from edgebokeh.errors import EdgeBokehError, PhotoTooLargeError, PhotoUnreadableError
from edgebokeh.images import Handling, decode
from tests import tiny
from tests.conftest import Cli
from tests.conftest import png as png_of

SEEDS = list(specimens.specimens().values())


def huge(width: int, height: int) -> bytes:
    """A PNG file of some kilobytes that claims to be so large, and unpacks to a lot."""
    head = png.chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return png.MAGIC + head + png.chunk(b"IDAT", zlib.compress(bytes(10**7))) + png.chunk(b"IEND", b"")


def test_damaged_files_are_decoded_or_refused() -> None:
    found = fuzz.judged(fuzz.mutations(SEEDS, 400, seed=3))
    total = sum(found.values(), Counter[str]())
    assert total.total() == 400
    assert {kind: total[kind] for kind in fuzz.BAD} == dict.fromkeys(fuzz.BAD, 0)
    assert total["right"] > 50
    assert total["refused"] > 50


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be stopped there")
def test_the_fuzzer_sees_a_crash_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = fuzz.Worker()
    worker._process.kill()
    assert worker.judge(SEEDS[0]) == ("crashed", "SIGKILL")
    assert worker.judge(SEEDS[0]) == ("right", "")
    monkeypatch.setattr(fuzz, "LIMIT", 0.1)
    os.kill(worker._process.pid or 0, signal.SIGSTOP)
    assert worker.judge(SEEDS[0]) == ("hung", "")
    worker.close()


def test_mutations_are_the_same_for_a_seed_and_differ_from_their_files() -> None:
    first, second = ([*fuzz.mutations(SEEDS, 50, seed)] for seed in (1, 1))
    assert first == second != [*fuzz.mutations(SEEDS, 50, 2)]
    assert sum(data in SEEDS for data in first) < 10


@pytest.mark.parametrize("ending", [".jpg", ".png", ".webp", ".bmp", ".tif", ".gif", ".avif"])
def test_a_photo_of_too_many_pixels_is_refused_by_its_header(ending: str) -> None:
    names = {".jpg": "jpeg", ".tif": "tiff", ".bmp": "bmp RGB"}
    data = specimens.specimens()[names.get(ending, ending[1:])]
    assert decode(data, "p", Handling(max_megapixels=0.007)).pixels.size == 96 * 64 * 3
    with pytest.raises(PhotoTooLargeError, match=r"0\.006144 megapixels"):
        decode(data, "p", Handling(max_megapixels=0.005))


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    with pytest.raises(PhotoTooLargeError, match="900 megapixels"):
        decode(huge(30_000, 30_000))
    with pytest.raises(PhotoUnreadableError):
        decode(huge(3000, 3000))


def test_a_chunk_that_claims_more_than_there_is_takes_no_memory() -> None:
    data = png_of(tiny.picture())
    with pytest.raises(EdgeBokehError):
        decode(data[:33] + struct.pack(">I", 2**31 - 1) + data[37:])


@pytest.mark.parametrize(
    "option", [["--max-megapixels", "0.001"], ["--max-megapixels", "0"], ["--quality-jpeg", "101"]]
)
def test_limits_are_told_on_the_command_line(run: Cli, tiny_model: Path, option: list[str]) -> None:
    done = run("blur", "photo.png", "--model", tiny_model, *option)
    assert done.code == (15 if option[1] == "0.001" else 32)
    assert done.err.count("\n") == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_named_pipe_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    with pytest.raises(PhotoUnreadableError, match="not a plain file"):
        files.read(pipe)


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path, stop = tmp_path / "growing.jpg", threading.Event()
    path.write_bytes(bytes(20_000_000))

    def grow() -> None:
        with path.open("ab") as file:
            while not stop.is_set():
                file.write(b"more")
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        with pytest.raises(PhotoUnreadableError, match="changed while it was read"):
            assert not any(files.read(path) == b"" for _ in range(50))
    finally:
        stop.set()
        writer.join()
    assert len(files.read(path)) == path.stat().st_size


def test_a_file_of_too_many_bytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "sparse.tif"
    with path.open("wb") as file:
        file.truncate(files.MOST_BYTES + 1)
    with pytest.raises(PhotoTooLargeError, match="GiB"):
        files.read(path)


def test_a_stream_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 5 * files.PIECE)

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return b"\xff\xd8\xff" + bytes(size - 3)

    with pytest.raises(PhotoTooLargeError):
        files.read_stream(Endless(), "standard input")  # type: ignore[arg-type]
    with Path("/dev/zero").open("rb") as zeros, pytest.raises(PhotoUnreadableError):
        files.read_stream(zeros, "standard input")
    assert files.read_stream(io.BytesIO(SEEDS[0]), "standard input") == SEEDS[0]


def test_notes_are_warnings_and_part_of_the_json(run: Cli, tiny_model: Path) -> None:
    deep = Path("deep.png")
    deep.write_bytes(bytes(cv2.imencode(".png", tiny.picture(dtype=np.uint16))[1]))
    done = run("blur", deep, "--model", tiny_model, "-o", "deep.jpg", "--json")
    assert done.code == 0
    assert done.err == "edgebokeh: warning: deep.png: 8 of its 16 bits are kept in .jpg\n"
    assert '"notes": ["8 of its 16 bits are kept in .jpg"]' in done.out
    assert run("blur", deep, "--model", tiny_model, "-o", "deep.tif").err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="counts memory in the POSIX way")
def test_two_hundred_and_eighty_megapixels_are_refused_in_little_memory(tmp_path: Path) -> None:
    photo = tmp_path / "large.jpg"
    small = bytearray(bytes(cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8))[1]))
    frame = small.index(b"\xff\xc0")
    small[frame + 5 : frame + 9] = struct.pack(">HH", 14_000, 20_000)
    photo.write_bytes(small + bytes(random.Random(1).randbytes(1000)))
    script = (
        "import resource, sys\n"
        "from edgebokeh import errors, files, images\n"
        "from pathlib import Path\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: images.decode(files.read(Path(sys.argv[1])))\n"
        "except errors.PhotoTooLargeError: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, photo], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100_000
