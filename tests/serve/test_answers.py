import json

import pytest

from edgebokeh import errors
from edgebokeh.serve.answers import Picture, PictureResponse, error_answer, told
from edgebokeh.serve.body import clean_name


def subclasses(kind: type) -> set[type]:
    return {kind}.union(*(subclasses(one) for one in kind.__subclasses__()))


@pytest.mark.parametrize("kind", sorted(subclasses(errors.PhotoError) | subclasses(errors.LookError), key=str))
def test_what_a_client_did_wrong_is_no_fault_of_the_server(kind: type[errors.EdgeBokehError]) -> None:
    answer = error_answer(kind("it is wrong", "do it right"))
    assert 400 <= answer.status_code < 500
    content = json.loads(bytes(answer.body))
    assert (content["message"], content["hint"], content["code"]) == ("it is wrong", "do it right", int(kind.code))


def test_a_bug_tells_nothing_of_itself() -> None:
    answer = error_answer(KeyError("/secret/path"))
    assert (answer.status_code, "secret" in bytes(answer.body).decode()) == (500, False)


def test_headers_hold_whatever_a_model_is_called() -> None:
    headers = told("a\r\nX: 1 é", "cpu", person=True, share=0.5, notes=("ü\n",), milliseconds={"infer": 1.0})
    assert headers["Edgebokeh-Model"] == "a\\r\\nX: 1 \\u00e9"
    assert json.loads(headers["Edgebokeh-Notes"]) == ["ü\n"]
    assert all(value.isprintable() and value.isascii() for value in headers.values())


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("anna.jpg", "anna.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\anna.jpg", "anna.jpg"),
        ("a\r\nb\x1b[2J.jpg", "a__b_[2J.jpg"),
        ("\u202egpj.exe", "_gpj.exe"),
        ("..", "photo"),
        ("a/", "photo"),
        ("Änne 写真.jpg", "Änne 写真.jpg"),
        ("Screenshot 10.00.00\u202fAM.jpg", "Screenshot 10.00.00\u202fAM.jpg"),
        ("鈴木\u3000太郎.jpg", "鈴木\u3000太郎.jpg"),
        ("👨\u200d👩.jpg", "👨\u200d👩.jpg"),
        ("  lead.jpg ", "  lead.jpg "),
        (" . ", "photo"),
    ],
)
def test_names_are_text(name: str, clean: str) -> None:
    assert clean_name(name) == clean
    response = PictureResponse(Picture(b"x", ".jpg", name=clean_name(name)))
    value = response.headers["content-disposition"]
    assert value.isascii()
    assert value.isprintable()


def test_long_names_are_cut() -> None:
    assert clean_name("a" * 5000) == "a" * 255
    assert clean_name("a" * 210 + ".jpg") == "a" * 210 + ".jpg"
    assert clean_name("a" * 300 + ".jpg") == "a" * 251 + ".jpg"
    assert len(clean_name("a." + "b" * 400)) <= 255
