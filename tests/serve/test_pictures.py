import json
import shlex
import subprocess
import sys
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest

from edgebokeh.formats import encode
from edgebokeh.images import Handling, decode
from tests import tiny
from tests.conftest import ROOT, SAMPLE, Cli, png
from tests.serve.conftest import Open, Place

LOOKS = [
    "",
    "strength=60",
    "style=lens&strength=40&blades=6",
    "style=motion&angle=-30",
    "format=webp&quality=fast",
    "format=jpg&quality-jpeg=80&strip=true",
    "compare=true",
    "classic=true&kernel=9",
]


def by_command(run: Cli, model: Path, task: str, query: str) -> bytes:
    """What the command line writes for the same options."""
    given = [part.partition("=") for part in query.split("&") if part]
    arguments = [
        word for name, _, value in given for word in ([f"--{name}"] if value == "true" else [f"--{name}", value])
    ]
    done = run(task, "photo.png", "--model", model, "-o", "out", *arguments)
    assert done.code == 0, done.err
    [result] = [path for path in Path("out").iterdir() if path.suffix != ".jsonl"]
    return result.read_bytes()


@pytest.mark.parametrize(
    ("task", "query"),
    [*(("blur", query) for query in LOOKS), ("mask", ""), ("mask", "feather=5&format=webp"), ("cutout", "expand=2")],
)
def test_the_file_is_the_command_line_s(
    run: Cli, tiny_model: Path, client: httpx.Client, photo: Path, task: str, query: str
) -> None:
    data = photo.read_bytes()
    Path("out").mkdir()
    expected = by_command(run, tiny_model, task, query)
    raw = client.post(f"/v1/{task}?{query}", content=data)
    parts = client.post(f"/v1/{task}?{query}", files={"photo": ("photo.png", data)})
    assert (raw.status_code, parts.status_code) == (200, 200)
    assert raw.content == parts.content == expected
    kept = client.post("/v1/photos", files={"photo": ("photo.png", data)}).json()
    result = client.get(f"/v1/photos/{kept['id']}/result?task={task}&{query}")
    assert result.content == expected


def test_a_name_counts_as_for_the_command_line(run: Cli, tiny_model: Path, client: httpx.Client, photo: Path) -> None:
    photo.rename("wrong.jpg")
    assert run("blur", "wrong.jpg", "--model", tiny_model).code == 0
    answer = client.post("/v1/blur", files={"photo": ("wrong.jpg", Path("wrong.jpg").read_bytes())})
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content == Path("wrong.bokeh.jpg").read_bytes()
    assert "wrong.bokeh.jpg" in answer.headers["content-disposition"]


def test_a_name_without_an_ending(run: Cli, tiny_model: Path, client: httpx.Client) -> None:
    Path("noext").write_bytes(encode(decode(png(tiny.picture())), ".jpg", Handling()))
    assert run("blur", "noext", "--model", tiny_model).code == 0
    data, expected = Path("noext").read_bytes(), Path("noext.bokeh.png").read_bytes()
    kept = client.post("/v1/photos", files={"photo": ("noext", data)}).json()
    answers = (
        client.post("/v1/blur", files={"photo": ("noext", data)}),
        client.post("/v1/blur?name=noext", content=data),
        client.get(f"/v1/photos/{kept['id']}/result"),
    )
    for answer in answers:
        assert "noext.bokeh.png" in answer.headers["content-disposition"]
        assert answer.content == expected


def test_without_a_name_the_format_is_the_photo_s(client: httpx.Client) -> None:
    data = encode(decode(png(tiny.picture())), ".jpg", Handling())
    kept = client.post("/v1/photos", content=data).json()
    assert kept["name"] == "photo.jpg"
    for answer in (client.post("/v1/blur", content=data), client.get(f"/v1/photos/{kept['id']}/result")):
        assert "photo.bokeh.jpg" in answer.headers["content-disposition"]
        assert answer.headers["content-type"] == "image/jpeg"


def test_the_copied_command_makes_the_same(place: Open, photo: Path, tiny_model: Path, tmp_path: Path) -> None:
    here = place()
    object.__setattr__(here.studio, "started_with", ("--model", str(tiny_model)))
    odd = tmp_path / "it's $(me); a photo.png"
    odd.write_bytes(photo.read_bytes())
    behind = tmp_path / "-beach.png"
    behind.write_bytes(SAMPLE.read_bytes())
    ids = here.keep(photo.read_bytes(), odd.name), here.keep(SAMPLE.read_bytes(), behind.name)
    query = {"task": "blur", "style": "image", "image": ids[1], "feather": "2"}
    told = here.client.get("/v1/command", params=query | {"name": odd.name}).json()["command"]
    program, *arguments = shlex.split(told)
    assert program == "edgebokeh"
    done = subprocess.run(
        ["sh", "-c", told.replace("edgebokeh", shlex.join([sys.executable, "-m", "edgebokeh"]), 1)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "EDGEBOKEH_CACHE": ""},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "--style" in arguments
    result = here.client.get(f"/v1/photos/{ids[0]}/result", params=query)
    assert result.content == (tmp_path / "it's $(me); a photo.bokeh.png").read_bytes()


def test_what_was_found_is_told(client: httpx.Client, red: bytes) -> None:
    told = client.post("/v1/blur", content=red).headers
    assert (told["edgebokeh-model"], told["edgebokeh-provider"], told["edgebokeh-person"]) == ("tiny", "cpu", "true")
    assert float(told["edgebokeh-share"]) == pytest.approx(1 / 9, abs=0.03)
    assert json.loads(told["edgebokeh-notes"]) == []
    stages = {
        part.strip().split(";dur=")[0]: float(part.split(";dur=")[1]) for part in told["server-timing"].split(",")
    }
    assert stages.keys() >= {"decode", "infer", "blur", "encode"}
    assert min(stages.values()) >= 0


def test_nobody_there(client: httpx.Client) -> None:
    green = png(np.full((60, 80, 3), (0, 200, 0), np.uint8))
    kept = client.post("/v1/blur", content=green)
    assert kept.headers["edgebokeh-person"] == "false"
    assert json.loads(kept.headers["edgebokeh-notes"]) == ["no person found in photo.png; nothing was blurred"]
    failed = client.post("/v1/blur?no-person=fail", content=green)
    assert (failed.status_code, failed.json()["code"]) == (422, 60)


@pytest.mark.parametrize(
    ("accept", "task", "kind"),
    [
        (None, "blur", "image/png"),
        ("*/*", "blur", "image/png"),
        ("image/jpeg", "blur", "image/jpeg"),
        ("image/webp, image/png;q=0.5", "blur", "image/webp"),
        ("image/webp;q=nan", "blur", "image/webp"),
        ("text/html, image/*;q=0.2", "mask", "image/png"),
        ("image/jpeg, */*;q=0.1", "cutout", "image/png"),
        ("image/png;q=0, */*", "blur", "image/jpeg"),
    ],
)
def test_accept_chooses_the_format(client: httpx.Client, red: bytes, accept: str | None, task: str, kind: str) -> None:
    headers = {"Accept": accept} if accept else {}
    answer = client.post(f"/v1/{task}", content=red, headers=headers)
    assert answer.headers["content-type"] == kind
    assert decode(answer.content).ending == {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}[kind]


def test_lines_of_accept_are_one_list(client: httpx.Client, red: bytes) -> None:
    answer = client.post("/v1/blur", content=red, headers=[("Accept", "text/html"), ("Accept", "image/webp")])
    assert answer.headers["content-type"] == "image/webp"


def test_accept_chooses_the_format_of_a_kept_photo(client: httpx.Client, red: bytes) -> None:
    where = client.post("/v1/photos", content=red).headers["location"]
    answer = client.get(f"{where}/result", headers={"Accept": "image/webp"})
    assert answer.headers["content-type"] == "image/webp"
    assert answer.content == client.post("/v1/blur", content=red, headers={"Accept": "image/webp"}).content
    refused = client.get(f"{where}/result", headers={"Accept": "text/html"})
    told = client.get("/openapi.json").json()["paths"]["/v1/photos/{id}/result"]["get"]["responses"]
    assert (refused.status_code, "406" in told) == (406, True)


def test_format_wins_over_accept(client: httpx.Client, red: bytes) -> None:
    answer = client.post("/v1/blur?format=avif", content=red, headers={"Accept": "image/png"})
    assert answer.headers["content-type"] == "image/avif"


def test_nothing_acceptable(client: httpx.Client, red: bytes) -> None:
    answer = client.post("/v1/cutout", content=red, headers={"Accept": "image/jpeg"})
    assert (answer.status_code, answer.json()["error"]) == (406, "not_acceptable")


def test_another_picture_behind(client: httpx.Client, red: bytes) -> None:
    blue = png(np.full((50, 50, 3), (255, 0, 0), np.uint8))
    answer = client.post("/v1/blur?style=image", files={"photo": ("a.png", red), "image": ("b.png", blue)})
    assert decode(answer.content).pixels[0, 0].tolist() == [255, 0, 0]
    missing = client.post("/v1/blur?style=image", files={"photo": ("a.png", red)})
    assert (missing.status_code, missing.json()["message"]) == (422, "--style image needs a picture")
    assert "part image" in missing.json()["hint"]
    kept = client.post("/v1/photos", content=red).headers["location"]
    assert "image=ID" in client.get(f"{kept}/result?style=image").json()["hint"]
    unused = client.post("/v1/blur", files={"photo": ("a.png", red), "image": ("b.png", blue)})
    assert unused.status_code == 422
    broken = client.post("/v1/blur?style=image", files={"photo": ("a.png", red), "image": ("b.png", b"none")})
    assert broken.status_code == 415


def difference(one: bytes, other: bytes) -> float:
    return float(np.abs(decode(one).pixels.astype(int) - decode(other).pixels).mean())


def test_previews(place: Open) -> None:
    here = place()
    photo = here.keep(png(tiny.picture(600, 800)))
    ask = f"/v1/photos/{photo}/preview?side=400&"
    first = here.client.get(ask + "style=gaussian&strength=100")
    again = here.client.get(ask + "style=grey")
    assert "infer" in first.headers["server-timing"]
    assert "infer" not in again.headers["server-timing"]
    assert decode(first.content).pixels.shape == decode(again.content).pixels.shape == (300, 400, 3)
    assert difference(first.content, again.content) > 1
    whole = here.client.get(f"/v1/photos/{photo}/result?style=gaussian&strength=100&format=png")
    small = cv2.resize(decode(whole.content).pixels, (400, 300), interpolation=cv2.INTER_AREA)
    assert difference(first.content, png(small)) < 3
    assert "infer" in here.client.get(ask + "quality=fast").headers["server-timing"]
    thumbnail = here.client.get(ask.replace("400", "200") + "style=gaussian&strength=100")
    assert "infer" not in thumbnail.headers["server-timing"]
    reduced = cv2.resize(decode(whole.content).pixels, (200, 150), interpolation=cv2.INTER_AREA)
    assert difference(thumbnail.content, png(reduced)) < 3


def test_previews_of_the_other_tasks(place: Open) -> None:
    here = place()
    photo = here.keep(png(tiny.picture(600, 800)))

    def seen(task: str) -> httpx.Response:
        return here.client.get(f"/v1/photos/{photo}/preview?side=400&task={task}")

    original, mask, cutout = (decode(seen(task).content) for task in ("original", "mask", "cutout"))
    assert (mask.grey, cutout.alpha is not None) == (True, True)
    assert mask.pixels[150, 200, 0] > 250
    assert mask.pixels[0, 0, 0] < 5
    assert original.pixels[150, 200, 2] > 240
    assert "edgebokeh-model" not in seen("original").headers
    largest = here.client.get(f"/v1/photos/{photo}/preview?side=65536&task=original")
    assert decode(largest.content).pixels.shape == (600, 800, 3)


@pytest.mark.parametrize("side", ["0", "15", "65537", "-1", "1e3", "", "²", "9" * 5000])
def test_sides_that_make_no_sense(place: Open, red: bytes, side: str) -> None:
    here = place()
    assert here.client.get(f"/v1/photos/{here.keep(red)}/preview", params={"side": side}).status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "task=original&bogus=1",
        "task=original&strength=5",
        "side=100&side=200",
        "task=mask&task=blur",
        "style=image&image=a&image=b",
        "side=2561",
        "task=mask&side=65536",
    ],
)
def test_previews_that_make_no_sense(place: Open, red: bytes, query: str) -> None:
    here = place()
    answer = here.client.get(f"/v1/photos/{here.keep(red)}/preview?{query}")
    assert (answer.status_code, answer.json()["error"]) == (422, "usage")


def test_a_task_that_there_is_not(place: Open, red: bytes) -> None:
    here = place()
    where = f"/v1/photos/{here.keep(red)}"
    hints = [here.client.get(f"{where}/{route}?task=evil").json()["hint"] for route in ("preview", "result")]
    assert hints == ["use original, blur, mask, cutout", "use blur, mask, cutout"]


def test_kept_photos_come_and_go(place: Open, red: bytes) -> None:
    here = place()
    answer = here.client.post("/v1/photos", files={"photo": ("../../etc/a\nb.png", red)})
    told = answer.json()
    assert answer.headers["location"] == f"/v1/photos/{told.pop('id')}"
    assert told == {"name": "a_b.png", "width": 320, "height": 240, "bytes": len(red)}
    where = answer.headers["location"]
    assert here.client.delete(where).status_code == 204
    for gone in (here.client.delete(where), here.client.get(f"{where}/preview"), here.client.get(f"{where}/result")):
        assert (gone.status_code, gone.json()["error"]) == (404, "photo_unknown")


@pytest.mark.parametrize(
    ("sent", "name"),
    [("a%22b.png", 'a"b.png'), ("a%0D%0Ab.png", "a__b.png"), ("100%25 %2F.png", "100%25 %2F.png"), ("%22", '"')],
)
def test_names_as_browsers_send_them(place: Open, red: bytes, sent: str, name: str) -> None:
    head = f'--a\r\nContent-Disposition: form-data; name="photo"; filename="{sent}"\r\n\r\n'.encode()
    kind = {"Content-Type": "multipart/form-data; boundary=a"}
    answer = place().client.post("/v1/photos", content=head + red + b"\r\n--a--\r\n", headers=kind)
    assert answer.json()["name"] == name


def test_a_picture_behind_that_is_kept(place: Open, red: bytes) -> None:
    here = place()
    photo = here.keep(red)
    behind = here.keep(png(np.full((50, 50, 3), (255, 0, 0), np.uint8)))
    for route in ("preview", "result"):
        answer = here.client.get(f"/v1/photos/{photo}/{route}?style=image&image={behind}")
        assert decode(answer.content).pixels[0, 0].tolist() == pytest.approx([255, 0, 0], abs=3)
    assert here.client.get(f"/v1/photos/{photo}/preview?style=image&image=none").status_code == 404


def statuses(here: Place, data: bytes) -> tuple[int, int, str]:
    answer = here.client.post("/v1/blur", content=data)
    return answer.status_code, answer.json()["code"], answer.json()["error"]


def test_photos_that_cannot_be_read(place: Open, red: bytes) -> None:
    here = place(max_megapixels=1.0)
    assert statuses(here, b"") == (400, 12, "photo_empty")
    assert statuses(here, b"no picture") == (415, 13, "photo_unreadable")
    assert statuses(here, red[: len(red) // 2]) == (400, 14, "photo_truncated")
    assert statuses(here, png(np.zeros((1001, 1000, 3), np.uint8))) == (413, 15, "photo_too_large")
    answer = here.client.post("/v1/photos", files={"photo": ("a.png", b"none")})
    assert (answer.status_code, answer.json()["message"]) == (415, "a.png is not a picture that edgebokeh can read")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("strength=101", 32),
        ("kernel=4", 30),
        ("style=none", 31),
        ("kernel=5&strength=5", 33),
        ("quality-jpeg=101", 32),
        ("strength=x", 2),
        ("nonsense=1", 2),
        ("strength=1&strength=2", 2),
        ("strip=maybe", 2),
    ],
)
def test_wrong_options_are_told_before_the_body_is_read(client: httpx.Client, query: str, code: int) -> None:
    answer = client.post(f"/v1/blur?{query}", content=b"no picture")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert client.get(f"/v1/command?{query}").status_code == 422


def test_errors_are_in_the_words_of_the_command_line(run: Cli, client: httpx.Client) -> None:
    Path("broken.png").write_bytes(b"no picture")
    said = run("blur", "broken.png", "--json").out
    told = client.post("/v1/blur?name=broken.png", content=b"no picture").json()
    row = json.loads(said.splitlines()[0])
    assert (told["message"], told["hint"], told["code"]) == (row["error"], row["hint"], row["exit_code"])
