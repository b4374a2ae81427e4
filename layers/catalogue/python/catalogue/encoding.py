"""From a stream of bytes to text: which encoding, and whether it is text at all."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from catalogue import limits
from pipeline.errors import FileError, FileErrorCode

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD = 64
"""Bytes that are looked at to tell what a file is."""

BUFFER = 65_536

SAVE_AS = "Save it as “CSV UTF-8” and upload that."

SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook (.xlsx) or another ZIP archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"BZh", "compressed with bzip2"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"%PDF-", "a PDF"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"{\\rtf", "an RTF document"),
)
"""First bytes of what people upload by mistake."""

MARKUP = (b"<!doctype", b"<html", b"<?xml")


@dataclass(frozen=True)
class Encoding:
    """How a file spells its text.

    Attributes:
        name: a Python codec.
        errors: an error handler of that codec. What cannot be decoded becomes lone surrogates, so
            that one bad byte costs its row and not the file.
        marked: whether a byte order mark stands at the beginning.
    """

    name: str
    errors: str
    marked: bool


def detect(head: bytes) -> Encoding:
    """The encoding of a file that begins with ``head`` (at least ``HEAD`` bytes, or all there is).

    Raises:
        FileError: not text, or text in an encoding that is not supported.
    """
    for signature, what in SIGNATURES:
        if head.startswith(signature):
            raise FileError(FileErrorCode.NOT_A_CSV, f"The file is {what}, not a CSV. {SAVE_AS}")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(MARKUP):
        raise FileError(FileErrorCode.NOT_A_CSV, f"The file is HTML or XML, not a CSV. {SAVE_AS}")
    if head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise FileError(FileErrorCode.UNSUPPORTED_ENCODING, f"The file is in UTF-32. {SAVE_AS}")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        # surrogateescape knows nothing of UTF-16; surrogatepass keeps lone surrogates as they are.
        return Encoding("utf-16", "surrogatepass", marked=True)
    if len(head) >= 4 and head[:4].count(0) == 2 and head[0:4:2].count(0) in {0, 2}:
        raise FileError(
            FileErrorCode.UNSUPPORTED_ENCODING,
            f"The file seems to be in UTF-16 without a byte order mark. {SAVE_AS}",
        )
    if head.startswith(b"\xef\xbb\xbf"):
        return Encoding("utf-8-sig", "surrogateescape", marked=True)
    return Encoding("utf-8", "surrogateescape", marked=False)


def decoded(chunks: Iterable[bytes]) -> tuple[Encoding, io.TextIOWrapper]:
    """The stream as text, line ends as they are; reading it raises ``FileError`` beyond
    ``limits.BYTES``.

    Raises:
        FileError: empty, or not text in a supported encoding.
    """
    remaining = iter(chunks)
    head = b""
    while len(head) < HEAD and (chunk := next(remaining, None)) is not None:
        head += chunk
    if not head:
        raise FileError(FileErrorCode.EMPTY_FILE, "The file is empty.")
    encoding = detect(head)
    stream = io.BufferedReader(_Stream(chain((head,), remaining)), BUFFER)
    return encoding, io.TextIOWrapper(
        stream, encoding=encoding.name, errors=encoding.errors, newline=""
    )


class _Stream(io.RawIOBase):
    """Chunks of any size as the raw file that ``io`` builds upon."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = memoryview(b"")
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        target = memoryview(buffer).cast("B")
        size = min(len(target), len(self._left))
        target[:size] = self._left[:size]
        self._left = self._left[size:]
        self._read += size
        if self._read > limits.BYTES:
            raise too_large()
        return size


def too_large() -> FileError:
    """What a file beyond ``limits.BYTES`` is rejected with."""
    return FileError(
        FileErrorCode.FILE_TOO_LARGE,
        f"The file is larger than {limits.BYTES // 1_000_000} MB. Split it into several.",
    )
