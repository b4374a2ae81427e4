"""The one tree of things that go wrong with a user's input or with the world around it.

::

    DarkroomError
    ├── PermanentError            recorded at once under its public code, never tried again
    │   ├── ImageError            one image: its ``code`` is an ``ImageErrorCode``
    │   ├── FileError             a whole CSV: its ``code`` is a ``FileErrorCode``
    │   └── RowError              one row of a CSV: its ``code`` is a ``RowErrorCode``
    └── TransientError            tried again later; recorded under its code when tries run out
        └── NotUnderstoodError    asks for what only a newer release can do

Libraries' own exceptions are translated into these once, where the library is called. ``code`` is
the name a user sees in the API, the result CSV and the metrics; ``message`` is one public sentence
without internals.
"""

from enum import StrEnum


class ImageErrorCode(StrEnum):
    """Why an image failed. The contract's stable codes: a client may branch on them."""

    INVALID_URL = "invalid_url"
    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate_limited"
    UNREACHABLE = "unreachable"
    BLOCKED_ADDRESS = "blocked_address"
    TOO_LARGE = "too_large"
    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED_FORMAT = "unsupported_format"
    CORRUPT_IMAGE = "corrupt_image"
    TOO_MANY_PIXELS = "too_many_pixels"
    STORAGE_ERROR = "storage_error"
    INTERNAL_ERROR = "internal_error"


class FileErrorCode(StrEnum):
    """Why a CSV was rejected whole."""

    EMPTY_FILE = "empty_file"
    NOT_A_CSV = "not_a_csv"
    UNSUPPORTED_ENCODING = "unsupported_encoding"
    MISSING_COLUMN = "missing_column"
    DUPLICATE_COLUMN = "duplicate_column"
    UNCLOSED_QUOTE = "unclosed_quote"
    CELL_TOO_LARGE = "cell_too_large"
    FILE_TOO_LARGE = "file_too_large"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    NO_VALID_ROWS = "no_valid_rows"
    INTERNAL_ERROR = "internal_error"


class RowErrorCode(StrEnum):
    """Why a row of a CSV was rejected while the others went on."""

    RAGGED_ROW = "ragged_row"
    MISSING_NAME = "missing_name"
    MISSING_URLS = "missing_urls"
    INVALID_URL = "invalid_url"
    TOO_MANY_URLS = "too_many_urls"
    INVALID_ENCODING = "invalid_encoding"


class DarkroomError(Exception):
    """Anything this system expects to go wrong.

    Args:
        message: one public sentence; it reaches the user as it is.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class PermanentError(DarkroomError):
    """Trying again would end the same way."""


class ImageError(PermanentError):
    """One image cannot be processed."""

    def __init__(self, code: ImageErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class FileError(PermanentError):
    """A CSV cannot be used at all.

    Args:
        row: number of the data row where reading stopped (1 is the first after the header).
    """

    def __init__(self, code: FileErrorCode, message: str, *, row: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.row = row


class RowError(PermanentError):
    """One row of a CSV cannot be used.

    Args:
        column: the header of the column at fault, as the file spells it.
    """

    def __init__(self, code: RowErrorCode, message: str, *, column: str) -> None:
        super().__init__(message)
        self.code = code
        self.column = column


class TransientError(DarkroomError):
    """Trying again later may well succeed.

    Args:
        code: what to record should the tries run out.
        retry_after: seconds that the other side asked us to wait, if it did.
    """

    def __init__(
        self, code: ImageErrorCode, message: str, *, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


class NotUnderstoodError(TransientError):
    """A newer release was asked for this, and this one cannot do it: it was deployed over the newer
    one, or is about to be replaced by it."""

    def __init__(self, message: str) -> None:
        super().__init__(ImageErrorCode.INTERNAL_ERROR, message)
