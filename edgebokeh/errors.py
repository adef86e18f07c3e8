"""Everything that can go wrong, each with its exit code and a hint that says what to do.

EdgeBokehError
├── PhotoError
│   ├── PhotoMissingError         no such file
│   ├── PhotoIsFolderError        a folder where a photo was expected
│   ├── PhotoEmptyError           zero bytes
│   ├── PhotoUnreadableError      not a picture, or one that OpenCV cannot decode
│   ├── PhotoTruncatedError       a picture that ends too early
│   ├── PhotoTooLargeError        more megapixels or bytes than allowed
│   ├── PhotoUnsupportedError     a kind that needs the extra "heif", or whose colours would come out wrong
│   └── PhotosNoneError           no photo in the folders
├── OutputError
│   ├── OutputUnwritableError     no such folder, no permission, disk full, not a plain file
│   ├── OutputExistsError         would overwrite a file
│   ├── OutputFormatError         an ending that cannot hold the result
│   ├── OutputBusyError           another run writes into the folder
│   └── JournalError              what was done cannot be noted
├── LookError
│   ├── KernelError               an even, zero or negative kernel
│   ├── StyleUnknownError         no style of that name
│   ├── ValueRangeError           a setting outside its range
│   └── ContradictionError        settings that exclude each other
├── ModelError
│   ├── ModelUnknownError         no model of that name
│   ├── ModelUnreadableError      not an ONNX model, or one that onnxruntime refuses
│   ├── ModelUnsuitableError      an ONNX model that does not turn a picture into a mask
│   └── ModelUndescribedError     nothing says how the model wants its pictures
├── ProviderError
│   ├── ProviderUnknownError      no execution provider of that name
│   ├── ProviderAbsentError       this onnxruntime was built without it
│   ├── ProviderNotUsedError      asked for, but it does not run the network, or less than half
│   └── ProviderWrongError        it runs the network, and its results are wrong
├── StoreError
│   ├── StoreUnknownError         no store of that scheme, or a URL where a file of this machine is meant
│   ├── StoreAbsentError          the library that talks to a store is missing
│   └── StoreUnreachableError     no network, no answer, no credentials
│       └── JournalUnreachableError   the same, of the journal or the lock: a JournalError, too
├── WatchAbsentError              the library that tells of new files is missing
├── WatchLostError                a folder that is watched, or that of the results, was removed or replaced
├── NoPersonError                 no person in the photo, and the caller wants that to fail
├── ClusterError
│   ├── ClusterAbsentError        Ray, the extra "ray", is not installed
│   ├── ClusterUnreachableError   no cluster answers at that address, or one of another version
│   ├── ClusterUnfitError         its workers do not start, do not see the files, or have another edgebokeh
│   └── WorkerLostError           a photo whose worker died again and again
├── EvaluationError               labelled photos that cannot be compared
├── BenchError
│   ├── BenchEmptyError           none of the configurations could be measured
│   ├── SelfCheckError            a configuration differs from itself
│   ├── InconclusiveError         nobody can tell whether it does: too few rounds, or too much noise
│   ├── SlowerError               slower than allowed, and not by chance; or lost, or too few rounds to tell
│   └── BenchFileError            not a result of a benchmark
├── ProfileError
│   ├── ProfileUnknownError       no device profile of that name
│   └── ProfileBrokenError        a device profile that is no TOML, or says what makes no sense
├── ServeError
│   ├── ServeExtraError           Starlette or uvicorn, the extra "serve", is not installed
│   └── AddressError              nobody can listen there: the port is taken, the host is not this machine's
└── VideoError
    ├── VideoExtraError           PyAV, the extra "video", is not installed
    ├── ClipUnreadableError       no clip, without moving pictures, or with times that do not rise
    ├── ClipBrokenError           a clip that ends too early, or is damaged on the way
    ├── ClipChangesError          its pictures change their size on the way
    └── CodecError                no such codec, or one that cannot hold the result
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, ClassVar, Self


class ExitCode(IntEnum):
    """What the command line returns to the shell. 1 is a bug: please report its traceback."""

    OK = 0
    BUG = 1
    USAGE = 2
    PHOTO_MISSING = 10
    PHOTO_IS_FOLDER = 11
    PHOTO_EMPTY = 12
    PHOTO_UNREADABLE = 13
    PHOTO_TRUNCATED = 14
    PHOTO_TOO_LARGE = 15
    PHOTO_UNSUPPORTED = 16
    PHOTOS_NONE = 18
    OUTPUT_UNWRITABLE = 20
    OUTPUT_EXISTS = 21
    OUTPUT_FORMAT = 22
    OUTPUT_BUSY = 23
    JOURNAL = 24
    KERNEL = 30
    STYLE_UNKNOWN = 31
    VALUE_RANGE = 32
    CONTRADICTION = 33
    MODEL_UNKNOWN = 40
    MODEL_UNREADABLE = 41
    MODEL_UNSUITABLE = 42
    MODEL_UNDESCRIBED = 43
    PROVIDER_UNKNOWN = 50
    PROVIDER_ABSENT = 51
    PROVIDER_NOT_USED = 52
    PROVIDER_WRONG = 53
    NO_PERSON = 60
    EVALUATION = 61
    BENCH_EMPTY = 62
    SELF_CHECK = 63
    SLOWER = 64
    BENCH_FILE = 65
    PROFILE_UNKNOWN = 66
    PROFILE_BROKEN = 67
    INCONCLUSIVE = 68
    SOME_FAILED = 70
    ALL_FAILED = 71
    WATCH_ABSENT = 72
    WATCH_LOST = 73
    STORE_UNKNOWN = 74
    STORE_ABSENT = 75
    STORE_UNREACHABLE = 76
    VIDEO_EXTRA = 85
    CLIP_UNREADABLE = 86
    CLIP_BROKEN = 87
    CLIP_CHANGES = 88
    CODEC = 89
    CLUSTER_ABSENT = 90
    CLUSTER_UNREACHABLE = 91
    CLUSTER_UNFIT = 92
    WORKER_LOST = 93
    SERVE_EXTRA = 96
    ADDRESS = 97
    INTERRUPTED = 130
    TERMINATED = 143


class EdgeBokehError(Exception):
    """An error the user can mend. `str(error)` says what is wrong, `error.hint` what to do, `error.details` of what."""

    code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(self, message: str, hint: str, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.hint = hint
        self.details = tuple(details)

    def __reduce__(self) -> tuple[type[Self], tuple[str, str, Sequence[str]]]:
        """So that it comes through from another process, without its cause."""
        return type(self), (str(self), self.hint, self.details)

    def to_dict(self) -> dict[str, Any]:
        """As `--json` tells it: "error", "hint", "exit_code", and "details" where there are some."""
        told = {"error": str(self), "hint": self.hint, "exit_code": int(self.code)}
        return told | ({"details": list(self.details)} if self.details else {})


class PhotoError(EdgeBokehError):
    """The photo cannot be read."""


class PhotoMissingError(PhotoError):
    code = ExitCode.PHOTO_MISSING


class PhotoIsFolderError(PhotoError):
    code = ExitCode.PHOTO_IS_FOLDER


class PhotoEmptyError(PhotoError):
    code = ExitCode.PHOTO_EMPTY


class PhotoUnreadableError(PhotoError):
    code = ExitCode.PHOTO_UNREADABLE


class PhotoTruncatedError(PhotoError):
    code = ExitCode.PHOTO_TRUNCATED


class PhotoTooLargeError(PhotoError):
    code = ExitCode.PHOTO_TOO_LARGE


class PhotoUnsupportedError(PhotoError):
    code = ExitCode.PHOTO_UNSUPPORTED


class PhotosNoneError(PhotoError):
    code = ExitCode.PHOTOS_NONE


class OutputError(EdgeBokehError):
    """The result cannot be written."""


class OutputUnwritableError(OutputError):
    code = ExitCode.OUTPUT_UNWRITABLE


class OutputExistsError(OutputError):
    code = ExitCode.OUTPUT_EXISTS


class OutputFormatError(OutputError):
    code = ExitCode.OUTPUT_FORMAT


class OutputBusyError(OutputError):
    code = ExitCode.OUTPUT_BUSY


class JournalError(OutputError):
    code = ExitCode.JOURNAL


class LookError(EdgeBokehError):
    """What the caller wants to see makes no sense."""


class KernelError(LookError):
    code = ExitCode.KERNEL


class StyleUnknownError(LookError):
    code = ExitCode.STYLE_UNKNOWN


class ValueRangeError(LookError):
    code = ExitCode.VALUE_RANGE


class ContradictionError(LookError):
    code = ExitCode.CONTRADICTION


class ModelError(EdgeBokehError):
    """The network cannot be used."""


class ModelUnknownError(ModelError):
    code = ExitCode.MODEL_UNKNOWN


class ModelUnreadableError(ModelError):
    code = ExitCode.MODEL_UNREADABLE


class ModelUnsuitableError(ModelError):
    code = ExitCode.MODEL_UNSUITABLE


class ModelUndescribedError(ModelError):
    code = ExitCode.MODEL_UNDESCRIBED


class ProviderError(EdgeBokehError):
    """The execution provider cannot be used."""


class ProviderUnknownError(ProviderError):
    code = ExitCode.PROVIDER_UNKNOWN


class ProviderAbsentError(ProviderError):
    code = ExitCode.PROVIDER_ABSENT


class ProviderNotUsedError(ProviderError):
    code = ExitCode.PROVIDER_NOT_USED


class ProviderWrongError(ProviderError):
    code = ExitCode.PROVIDER_WRONG


class StoreError(EdgeBokehError):
    """A store of objects, named by a URL, cannot be used."""


class StoreUnknownError(StoreError):
    code = ExitCode.STORE_UNKNOWN


class StoreAbsentError(StoreError):
    code = ExitCode.STORE_ABSENT


class StoreUnreachableError(StoreError):
    code = ExitCode.STORE_UNREACHABLE


class JournalUnreachableError(StoreUnreachableError, JournalError):
    """The journal or the lock lies in a store that does not answer."""


class WatchAbsentError(EdgeBokehError):
    code = ExitCode.WATCH_ABSENT


class WatchLostError(EdgeBokehError):
    code = ExitCode.WATCH_LOST


class NoPersonError(EdgeBokehError):
    code = ExitCode.NO_PERSON


class ClusterError(EdgeBokehError):
    """The photos cannot be worked on by a cluster."""


class ClusterAbsentError(ClusterError):
    code = ExitCode.CLUSTER_ABSENT


class ClusterUnreachableError(ClusterError):
    code = ExitCode.CLUSTER_UNREACHABLE


class ClusterUnfitError(ClusterError):
    code = ExitCode.CLUSTER_UNFIT


class WorkerLostError(ClusterError):
    code = ExitCode.WORKER_LOST


class EvaluationError(EdgeBokehError):
    code = ExitCode.EVALUATION


class BenchError(EdgeBokehError):
    """A benchmark cannot be made, or says no."""


class BenchEmptyError(BenchError):
    code = ExitCode.BENCH_EMPTY


class SelfCheckError(BenchError):
    code = ExitCode.SELF_CHECK


class InconclusiveError(BenchError):
    code = ExitCode.INCONCLUSIVE


class SlowerError(BenchError):
    code = ExitCode.SLOWER


class BenchFileError(BenchError):
    code = ExitCode.BENCH_FILE


class ProfileError(EdgeBokehError):
    """The device profile cannot be used."""


class ProfileUnknownError(ProfileError):
    code = ExitCode.PROFILE_UNKNOWN


class ProfileBrokenError(ProfileError):
    code = ExitCode.PROFILE_BROKEN


class ServeError(EdgeBokehError):
    """The server cannot start."""


class ServeExtraError(ServeError):
    code = ExitCode.SERVE_EXTRA


class AddressError(ServeError):
    code = ExitCode.ADDRESS


class VideoError(EdgeBokehError):
    """A clip cannot be read or made."""


class VideoExtraError(VideoError):
    code = ExitCode.VIDEO_EXTRA


class ClipUnreadableError(VideoError):
    code = ExitCode.CLIP_UNREADABLE


class ClipBrokenError(VideoError):
    code = ExitCode.CLIP_BROKEN


class ClipChangesError(VideoError):
    code = ExitCode.CLIP_CHANGES


class CodecError(VideoError):
    code = ExitCode.CODEC
