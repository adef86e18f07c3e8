"""`edgebokeh video`: what it prints, writes and returns."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from edgebokeh import threads
from edgebokeh.errors import ExitCode
from tests import tiny
from tests.conftest import ROOT, Cli
from tests.video import clips

HERE = os.environ | {"PYTHONPATH": str(ROOT)}
"""Lets a process of its own find edgebokeh where it is not installed."""


@pytest.fixture
def clip(photo: Path) -> Path:
    return clips.write(photo.parent / "clip.mp4", 12, sound="aac")


def test_a_clip_is_made_beside_it_and_told(run: Cli, clip: Path, tiny_model: Path) -> None:
    result = run("video", clip.name, "--model", tiny_model, "--kernel", 15)
    assert result.code == 0
    assert result.out.startswith("clip.mp4 -> clip.bokeh.mp4 (12 pictures, h264 yuv420p, ")
    assert "streams copied: 1; " in result.out
    assert result.err == ""
    assert clips.times(clip.with_suffix(".bokeh.mp4")) == clips.times(clip)


def test_json_tells_all(run: Cli, clip: Path, tiny_model: Path) -> None:
    result = run("video", clip.name, "-o", "out.webm", "--model", tiny_model, "--end", 0.3, "--json")
    told = json.loads(result.out)
    assert (told["frames"], told["people"], told["size"], told["codec"]) == (9, 9, [128, 96], "vp9")
    assert told["seconds"] == pytest.approx(0.3, abs=0.001)
    assert told["dropped"] == ["audio stream 1 (aac)"]
    assert told["bytes"] == (clip.parent / "out.webm").stat().st_size
    assert {"decode", "infer", "composite", "encode"} <= set(told["milliseconds"])
    ran = ("model", "provider", "provider_device", "provider_share", "fallback", "threads", "profile")
    assert tuple(told[name] for name in ran) == (tiny.spec().name, "cpu", "", 1.0, False, threads.allowed(), None)
    others = ".mp4, .m4v, .mov, .mkv can"
    assert result.err == (
        f"edgebokeh: warning: out.webm: .webm cannot be given audio stream 1 (aac): left out; {others}\n"
    )


@pytest.mark.parametrize(("options", "name"), [(["--matte"], "clip.mask.mp4"), (["--alpha"], "clip.cutout.mkv")])
def test_other_kinds_have_other_names(run: Cli, clip: Path, tiny_model: Path, options: list[str], name: str) -> None:
    assert run("video", clip.name, "--model", tiny_model, *options).code == 0
    assert len(clips.frames(clip.parent / name)) == 12


def test_a_preview_is_a_sheet_of_stills(run: Cli, clip: Path, tiny_model: Path) -> None:
    result = run("video", clip.name, "--model", tiny_model, "--preview", 5, "-o", "sheet.png")
    assert (result.code, result.out) == (0, "clip.mp4 -> sheet.png (5 stills)\n")
    sheet = cv2.imread(str(clip.parent / "sheet.png"))
    rows, columns = 2, 3
    assert sheet.shape[0] > rows * clips.SIZE[0]
    assert sheet.shape[1] > columns * clips.SIZE[1]
    red = (sheet[..., 2].astype(int) > sheet[..., 1] + 100) & (sheet[..., 0] < 80)
    areas = cv2.connectedComponentsWithStats(red.astype(np.uint8))[2][1:, cv2.CC_STAT_AREA]
    assert np.count_nonzero(areas > 500) == 5


ODD_ONES: dict[str, tuple[str, dict[str, Any], int]] = {
    "one picture": ("clip.mp4", {"count": 1}, 1),
    "more sound than pictures": ("clip.mkv", {"count": 12, "sound": "libopus", "more_sound": 5}, 9),
    "recording": ("clip.ts", {"count": 30}, 9),
    "no times": ("clip.h264", {"count": 12}, 9),
    "late": ("clip.mkv", {"base": Fraction(1, 1000), "stamps": [60_000 + 40 * n for n in range(12)]}, 9),
    "few": ("clip.mp4", {"count": 4}, 4),
}


@pytest.mark.parametrize("name", ODD_ONES)
def test_a_preview_shows_pictures_that_are_there(run: Cli, photo: Path, tiny_model: Path, name: str) -> None:
    file, settings, count = ODD_ONES[name]
    clips.write(photo.parent / file, **settings)
    result = run("video", file, "--model", tiny_model, "--preview", 9, "-o", "sheet.png", "--json")
    assert (result.code, result.err) == (0, "")
    told = json.loads(result.out)
    stills = told["stills"]
    assert (told["provider"], told["fallback"]) == ("cpu", False)
    assert len(set(stills)) == len(stills) == count
    assert stills == sorted(stills)


def test_a_preview_has_the_shape_that_players_show(run: Cli, photo: Path, tiny_model: Path) -> None:
    clips.write(photo.parent / "clip.mp4", 3, tags={"sample_aspect_ratio": Fraction(2)})
    assert run("video", "clip.mp4", "--model", tiny_model, "--preview", 1, "-o", "sheet.png").code == 0
    assert cv2.imread(str(photo.parent / "sheet.png")).shape[1] == 2 * clips.SIZE[1]


def stills(path: Path, count: int) -> list[np.ndarray]:
    """What a sheet of stills in one row shows, without the times over them."""
    sheet = cv2.imread(str(path))[-clips.SIZE[0] :]
    gap = (sheet.shape[1] - count * clips.SIZE[1]) // max(1, count - 1)
    return [sheet[:, one * (clips.SIZE[1] + gap) :][:, : clips.SIZE[1]] for one in range(count)]


def test_a_preview_of_a_cutout_shows_the_subject_alone(run: Cli, clip: Path, tiny_model: Path) -> None:
    options = ["--alpha", "--strength", 40, "--preview", 1, "-o", "sheet.png"]
    assert run("video", clip.name, "--model", tiny_model, *options).code == 0
    [still] = stills(clip.parent / "sheet.png", 1)
    rows, columns = tiny.subject(*clips.SIZE)
    inside = still[rows, columns.start + 12 : columns.stop].astype(int)
    assert (inside[..., 2] > inside[..., 1] + 100).mean() > 0.9
    assert still[2:10, 2:10].min() > 245


def test_a_preview_shows_the_clip_behind_as_it_is_then(run: Cli, clip: Path, tiny_model: Path) -> None:
    with av.open(str(clip.parent / "grey.mp4"), "w") as file:
        stream = file.add_stream("libx264", rate=10)
        stream.width, stream.height = clips.SIZE[::-1]
        for number in range(10):
            grey = np.full((*clips.SIZE, 3), 20 * number, np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="bgr24")))
        file.mux(stream.encode())
    options = ["--style", "image", "--image", "grey.mp4", "--preview", 2, "--start", 0.1, "-o", "sheet.png", "--json"]
    told = json.loads(run("video", clip.name, "--model", tiny_model, *options).out)["stills"]
    first = next(float(time) for time, _ in clips.times(clip) if time >= 0.1)
    shown = [float(still[2:10, 2:10].mean()) for still in stills(clip.parent / "sheet.png", 2)]
    assert shown == pytest.approx([20 * int((time - first) * 10 + 0.05) for time in told], abs=4)


@pytest.mark.parametrize("name", ["cut.mp4", "cut.mkv"])
def test_a_preview_refuses_what_ends_too_early(run: Cli, photo: Path, tiny_model: Path, name: str) -> None:
    container = {"movflags": "+faststart"} if name.endswith("mp4") else {}
    whole = clips.write(photo.parent / name, 80, container=container, options={"g": "5"})
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    result = run("video", name, "--model", tiny_model, "--preview", 3)
    assert (result.code, result.err.count("\n")) == (ExitCode.CLIP_BROKEN, 1)
    assert run("video", name, "--model", tiny_model, "--preview", 3, "--end", 0.5).code == 0


def test_names_are_no_addresses(run: Cli, photo: Path, tiny_model: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("names have no colons there")
    for name in ("2024-01-01T12:30:00.mp4", "concat:x.mp4"):
        clips.write(photo.parent / "clip.mp4", 3).rename(photo.parent / name)
        result = run("video", name, "--model", tiny_model, "--quiet")
        assert (result.code, result.out, result.err) == (0, "", "")
        assert len(clips.frames(photo.parent / name.replace(".mp4", ".bokeh.mp4"))) == 3


def test_a_playlist_asks_no_other_machine(run: Cli, photo: Path, tiny_model: Path) -> None:
    head = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n"
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        (photo.parent / "list.m3u8").write_text(f"{head}{address}\n#EXT-X-ENDLIST\n")
        result = run("video", "list.m3u8", "--model", tiny_model, "-o", "out.mp4")
        assert (result.code, result.err.count("\n")) == (ExitCode.CLIP_UNREADABLE, 1)
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_what_a_killed_run_left_is_named(run: Cli, clip: Path, tiny_model: Path) -> None:
    old, new = (clip.parent / f".edgebokeh-{letter * 16}.tmp" for letter in "ab")
    for path in (old, new):
        path.write_bytes(b"0" * 1_500_000)
    os.utime(old, (0, 0))
    result = run("video", clip.name, "--model", tiny_model, "--end", 0.2)
    assert result.err == f"edgebokeh: warning: {old.name} (1.5 MB) is left of a run that was killed: delete it\n"
    assert old.exists()


def test_a_folder_takes_the_usual_name(run: Cli, clip: Path, tiny_model: Path) -> None:
    (clip.parent / "made").mkdir()
    assert run("video", clip.name, "--model", tiny_model, "-o", "made", "--start", "0:00.1").code == 0
    assert len(clips.frames(clip.parent / "made" / "clip.bokeh.mp4")) == 9


def test_a_name_without_an_ending_is_kept_whole(run: Cli, clip: Path, tiny_model: Path) -> None:
    clip.rename(clip.with_name("Talk 10.30"))
    assert run("video", "Talk 10.30", "--model", tiny_model, "--end", 0.1).code == 0
    assert (clip.parent / "Talk 10.30.bokeh.mp4").exists()


def test_a_background_is_not_read_from_standard_input(run: Cli, clip: Path, tiny_model: Path) -> None:
    result = run("video", clip.name, "--model", tiny_model, "--style", "image", "--image", "-")
    assert (result.code, result.err.count("\n")) == (ExitCode.PHOTO_MISSING, 1)
    assert "--image cannot be read from standard input" in result.err


def test_times_may_be_typed_as_clocks_show_them() -> None:
    from edgebokeh.video.options import parse_time

    told = ("12", "12.5", ".5", "0:01", "1:02.5", "1:00:02.5")
    assert [parse_time(text) for text in told] == [12, 12.5, 0.5, 1, 62.5, 3602.5]


def test_no_person_is_told(run: Cli, photo: Path, tiny_model: Path) -> None:
    clips.write(photo.parent / "clip.mp4", 6, without=[0, 1])
    result = run("video", "clip.mp4", "--model", tiny_model, "--stability", 0)
    assert result.err == "edgebokeh: warning: clip.mp4: no person found in 2 of 6 pictures\n"
    assert run("video", "clip.mp4", "--model", tiny_model, "--no-person", "fail", "--force").code == ExitCode.NO_PERSON


WRONG: list[tuple[list[str], ExitCode]] = [
    (["--matte", "--alpha"], ExitCode.CONTRADICTION),
    (["--codec", "mpeg9"], ExitCode.CODEC),
    (["--codec", "ffv1"], ExitCode.CODEC),
    (["--crf", "99"], ExitCode.VALUE_RANGE),
    (["--preset", "quick"], ExitCode.VALUE_RANGE),
    (["--stability", "2"], ExitCode.VALUE_RANGE),
    (["--every", "0"], ExitCode.VALUE_RANGE),
    (["--start", "9"], ExitCode.VALUE_RANGE),
    (["--start", "nan"], ExitCode.USAGE),
    (["--start", "-1"], ExitCode.USAGE),
    (["--end", "1e300"], ExitCode.USAGE),
    (["--start", "0.2", "--end", "0.1"], ExitCode.VALUE_RANGE),
    (["--preview", "3", "--codec", "nope"], ExitCode.CODEC),
    (["--preview", "3", "--crf", "99"], ExitCode.VALUE_RANGE),
    (["--preview", "3", "--stability", "7"], ExitCode.VALUE_RANGE),
    (["-o", "out.gif"], ExitCode.OUTPUT_FORMAT),
    (["-o", "clip.mp4"], ExitCode.OUTPUT_EXISTS),
    (["-o", "nowhere/out.mp4"], ExitCode.OUTPUT_UNWRITABLE),
    (["--style", "image", "--image", "photo.mp4"], ExitCode.PHOTO_MISSING),
    (["--preview", "0", "-o", "out.png"], ExitCode.USAGE),
    (["--preview", "3", "-o", "out.mp4"], ExitCode.OUTPUT_FORMAT),
    (["--kernel", "4"], ExitCode.KERNEL),
]


@pytest.mark.parametrize(("options", "code"), WRONG, ids=[" ".join(options) for options, _ in WRONG])
def test_wrong_wishes_get_one_line_and_write_nothing(
    run: Cli, clip: Path, tiny_model: Path, options: list[str], code: ExitCode
) -> None:
    before = sorted(clip.parent.iterdir())
    result = run("video", clip.name, "--model", tiny_model, *options)
    assert (result.code, result.out, result.err.count("\n")) == (code, "", 1)
    assert sorted(clip.parent.iterdir()) == before


def test_clips_that_are_none_get_their_codes(run: Cli, clip: Path, tiny_model: Path) -> None:
    clip.write_bytes(clip.read_bytes()[:3000])
    assert run("video", clip.name, "--model", tiny_model).code == ExitCode.CLIP_UNREADABLE
    whole = clips.write(clip.parent / "cut.mp4", 40, container={"movflags": "+faststart"}, options={"g": "5"})
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    result = run("video", whole.name, "--model", tiny_model, "--keep-partial")
    assert result.code == ExitCode.CLIP_BROKEN
    assert "ends after" in result.err
    assert 1 < len(clips.frames(clip.parent / "cut.bokeh.mp4")) < 40


def test_without_the_extra_it_says_how_to_install_it(clip: Path) -> None:
    code = "import sys; sys.modules['av'] = None; from edgebokeh.cli import main; main()"
    command = [sys.executable, "-c", code, "video", clip.name]
    done = subprocess.run(command, cwd=clip.parent, env=HERE, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (ExitCode.VIDEO_EXTRA, "")
    assert done.stderr == ("edgebokeh: error: PyAV is not installed; install it with: pip install 'edgebokeh[video]'\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files there")
def test_what_is_no_file_is_told_so(run: Cli, photo: Path, tiny_model: Path) -> None:
    os.mkfifo(photo.parent / "pipe")
    for name, code, words in (
        ("pipe", ExitCode.PHOTO_UNREADABLE, "write it into one first"),
        ("-", ExitCode.PHOTO_MISSING, "standard input"),
        ("x" * 250 + ".mp4", ExitCode.OUTPUT_UNWRITABLE, "with -o"),
    ):
        if len(name) > 100:
            clips.write(photo.parent / "clip.mp4", 2).rename(photo.parent / name)
        result = run("video", name, "--model", tiny_model)
        assert (result.code, result.err.count("\n")) == (code, 1)
        assert words in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_clip_is_removed_or_kept(
    photo: Path, tiny_model: Path, keep: bool, number: int, code: int
) -> None:
    folder = photo.parent
    clips.write(folder / "clip.mp4", 1500, options={"preset": "ultrafast"})
    command = [sys.executable, "-m", "edgebokeh", "video", "clip.mp4", "-o", "out.mp4", "--model", str(tiny_model)]
    # A quick encoder, and mkv's: so that some of it is written soon.
    command += ["--codec", "h264", "--preset", "ultrafast", "--threads", "1", *(["--keep-partial"] if keep else [])]
    process = subprocess.Popen(command, cwd=folder, env=HERE, stderr=subprocess.PIPE, text=True)
    while not any(path.stat().st_size > 20_000 for path in folder.glob(".edgebokeh-*.tmp")):
        assert process.poll() is None, process.stderr
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code
    # A slow machine tells how far it is before.
    *progress, last = said.splitlines()
    assert last.startswith(f"edgebokeh: {'out.mp4 keeps what was made: ' if keep else 'ended before out.mp4 was'}")
    assert all(" of about 1500 pictures, " in line for line in progress)
    assert sorted(path.name for path in folder.iterdir()) == sorted(["clip.mp4", "photo.png"] + ["out.mp4"] * keep)
    if keep:
        times = [stamp for stamp, _ in clips.times(folder / "out.mp4")]
        assert times == [number / clips.NTSC for number in range(len(times))]
        assert 1 < len(times) < 1500


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits there")
@pytest.mark.parametrize("keep", [[], ["--keep-partial"]])
def test_a_full_disk_is_told_and_leaves_nothing(photo: Path, tiny_model: Path, keep: list[str]) -> None:
    clips.write(photo.parent / "clip.mp4", 60)
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000));"
    code = limited + "from edgebokeh.cli import main; main()"
    command = [sys.executable, "-c", code, "video", "clip.mp4", "--model", str(tiny_model), "--no-cache", *keep]
    done = subprocess.run(command, cwd=photo.parent, env=HERE, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (ExitCode.OUTPUT_UNWRITABLE, "", 1)
    assert sorted(path.name for path in photo.parent.iterdir()) == ["clip.mp4", "photo.png"]


def test_progress_tells_pictures_speed_and_time_left() -> None:
    from edgebokeh.video.progress import pace

    assert pace(50, 200, 25.0, 4.0) == "50 of about 200 pictures, 12.5 fps, 0.50× real time, 0:12 left"
    assert pace(50, None, None, 4.0) == "50 pictures, 12.5 fps"


def test_flicker_of_a_real_clip_is_halved_without_ghosts(shared: Callable[[str], Path]) -> None:
    from benchmarks.steadiness import change, ghosts, steadied, watched
    from edgebokeh import load
    from edgebokeh.temporal import STABILITY

    # The first 60 pictures, and a head that moves away from what was wrongly taken with it.
    clip = watched(load(), shared("eval/video/portrait_1024x576_15fps.mp4"), 225)
    seen = steadied(clip, STABILITY)
    assert change(clip.small[:60], seen[:60]) <= 0.5 * change(clip.small[:60], clip.mattes[:60])
    assert ghosts(clip, seen, 0.25) < 1e-7
    assert max(one[125:165, 190:205].mean() for one in seen[208:214]) < 0.04


def test_a_runner_whom_the_finder_misses_now_and_then_stays(shared: Callable[[str], Path]) -> None:
    from benchmarks.steadiness import gaps, jumps, steadied, watched
    from edgebokeh import load
    from edgebokeh.temporal import STABILITY

    clip = watched(load(), shared("eval/video/court_640x360_2997fps.mp4"), 333)
    seen = steadied(clip, STABILITY)
    assert gaps(clip.mattes) > 5
    assert gaps(seen) == 0
    assert jumps(seen) < jumps(clip.mattes) / 4
