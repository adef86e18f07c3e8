"""What can go wrong in an export, each with its exit code and a hint that says what to do.

ExportError
├── DownloadError       the published file cannot be fetched
├── SourceError         the fetched or given file is not one that the recipe can use
├── UnsupportedError    the network holds something that the converter does not know
├── ParityError         the ONNX file does not compute what its source computes
├── DropError           a reduced network loses more than it may
└── ExtraMissingError   a library of the `export` extra is not installed

An output that exists or cannot be written raises edgebokeh's own OutputError, with the same exit code as there.
"""

from enum import IntEnum
from typing import ClassVar


class ExportCode(IntEnum):
    """What an export returns to the shell, beside the codes of `edgebokeh.errors.ExitCode`."""

    DOWNLOAD = 80
    SOURCE = 81
    UNSUPPORTED = 82
    PARITY = 83
    EXTRA_MISSING = 84
    DROP = 79


class ExportError(Exception):
    """An error the user can mend. `str(error)` says what is wrong, `error.hint` what to do."""

    code: ClassVar[ExportCode]

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class DownloadError(ExportError):
    code = ExportCode.DOWNLOAD


class SourceError(ExportError):
    code = ExportCode.SOURCE


class UnsupportedError(ExportError):
    code = ExportCode.UNSUPPORTED


class ParityError(ExportError):
    code = ExportCode.PARITY


class DropError(ExportError):
    code = ExportCode.DROP


class ExtraMissingError(ExportError):
    code = ExportCode.EXTRA_MISSING
