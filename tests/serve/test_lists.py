import json
from pathlib import Path
from typing import get_args

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from edgebokeh import load
from edgebokeh.device_profile import DeviceProfile, Setting
from edgebokeh.look import OTHER_STYLES, QUALITIES
from edgebokeh.results import Task
from edgebokeh.serve import fields
from edgebokeh.serve.app import ROUTES
from edgebokeh.serve.guard import Door, names
from edgebokeh.serve.openapi import PROBLEMS
from edgebokeh.serve.settings import Limits
from edgebokeh.serve.studio import furnished
from edgebokeh.stages import STAGES
from edgebokeh.styles import STYLES
from tests.serve.conftest import Open, running


def test_models_without_where_they_lie(client: httpx.Client) -> None:
    told = client.get("/v1/models").json()
    assert told["used"] == "tiny"
    assert {"selfie", "modnet"} <= {model["name"] for model in told["models"]}
    assert "/" not in "".join(model["name"] for model in told["models"])
    assert not any("path" in model for model in told["models"])


def test_styles_and_presets(client: httpx.Client) -> None:
    told = client.get("/v1/styles").json()
    assert [style["name"] for style in told["styles"]] == [*STYLES, *OTHER_STYLES]
    assert {style["name"] for style in told["styles"] if style["blur"]} == set(STYLES)
    assert [(preset["name"], preset["default"]) for preset in told["qualities"]] == [
        (name, name == "balanced") for name in QUALITIES
    ]


def test_the_preset_of_a_device_profile_is_the_usual_one(tiny_model: Path) -> None:
    profile = DeviceProfile(name="booth", setting=Setting(quality="fast", threads=1))
    studio = furnished(load(tiny_model, profile=profile, cache=False), Limits())
    with running(studio, Door(names("127.0.0.1", ()))) as here:
        presets = here.client.get("/v1/styles").json()["qualities"]
    assert [preset["name"] for preset in presets if preset["default"]] == ["fast"]


def test_options(client: httpx.Client) -> None:
    told = client.get("/v1/options").json()
    assert [option["name"] for option in told["options"]] == [field.name for field in fields.fields()]
    assert told["limits"] == {"bytes": 64_000_000, "megapixels": 120}


@pytest.mark.parametrize(
    ("query", "command"),
    [
        ("", "edgebokeh blur photo.jpg"),
        ("task=mask&name=a.jpg&quality=balanced", "edgebokeh mask a.jpg --quality balanced"),
        ("name=-a.jpg&name=b%20c.jpg", "edgebokeh blur ./-a.jpg 'b c.jpg'"),
        ("name=-", "edgebokeh blur ./-"),
        ("name=/etc/../a%1b%0a.jpg", "edgebokeh blur a__.jpg"),
        (
            "name=a;rm%20-rf%20~&strip=true&color=%23102030&style=color",
            "edgebokeh blur 'a;rm -rf ~' --strip --color '#102030' --style color",
        ),
        ("strength=50&style=gaussian&format=keep", "edgebokeh blur photo.jpg --strength 50"),
    ],
)
def test_the_command_line(client: httpx.Client, query: str, command: str) -> None:
    assert client.get(f"/v1/command?{query}").json()["command"] == command


def test_what_the_server_counts(place: Open, red: bytes) -> None:
    client = place().client
    assert client.post("/v1/blur", content=red).status_code == 200
    assert client.post("/v1/blur", content=b"none").status_code == 415
    assert client.get("/none/at/all").status_code == 404
    assert client.post("/v1/blur?strength=much", content=red).status_code == 422
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }

    def requests(route: str, method: str, status: str) -> float:
        labels = tuple(sorted({"route": route, "method": method, "status": status}.items()))
        return samples["edgebokeh_requests_total", labels]

    assert requests("/v1/blur", "POST", "200") == requests("/v1/blur", "POST", "415") == 1
    assert requests("none", "GET", "404") == 1
    assert samples["edgebokeh_failures_total", (("error", "photo_unreadable"),)] == 1
    assert samples["edgebokeh_failures_total", (("error", "usage"),)] == 1
    timed = {labels[0][1] for name, labels in samples if name == "edgebokeh_stage_seconds_count"}
    assert {"decode", "infer", "encode"} <= timed <= set(STAGES)
    assert samples["edgebokeh_waiting", ()] == samples["edgebokeh_running", ()] == 0


def test_every_route_is_described(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    pages = {"/", "/{file}", "/openapi.json"}
    assert set(document["paths"]) == {route.path for route in ROUTES} - pages
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["summary"]
            assert {status for status in operation["responses"] if status[0] in "45"} <= set(PROBLEMS)
    for task in get_args(Task):
        named = {parameter["name"] for parameter in document["paths"][f"/v1/{task}"]["post"]["parameters"]}
        assert named >= {field.name for field in fields.fields() if task in field.tasks and field.kind != "file"}
    assert json.dumps(document)


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/blur"), ("PUT", "/v1/photos"), ("POST", "/healthz")])
def test_methods(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")
    assert answer.headers["allow"]


@pytest.mark.parametrize(
    "path",
    ["/v1", "/v1/none", "/v1/photos/", "/none.js", "/..%2f..%2fpyproject.toml", "/%2e%2e/app.py", "//etc/passwd"],
)
def test_nothing_else_is_there(client: httpx.Client, path: str) -> None:
    answer = client.get(f"{str(client.base_url).rstrip('/')}{path}")
    assert answer.status_code in (404, 405)
    assert "message" in answer.json()
