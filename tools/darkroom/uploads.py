"""A CSV on its way to S3: read as it is sent, never whole in memory."""

import os
import stat
import sys
import tempfile
import unicodedata
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from darkroom.client import Client
from darkroom.errors import CommandError, UsageError
from darkroom.transport import Transport, is_transient, pause
from darkroom.words import Answer

STDIN = "-"
LARGEST = 200 * 1024 * 1024
"""Bytes; the API's limit."""

PIECE = 256 * 1024
LONGEST_FILENAME = 255
TRIES = 4

Report = Callable[[int], object]
"""Told how many bytes of the file have been sent; starts again with each try."""


@dataclass(frozen=True)
class Source:
    """A CSV that is open at its beginning and can be read again.

    ``name`` is what the API is told; None for standard input.
    """

    file: IO[bytes]
    size: int
    name: str | None
    label: str


@contextmanager
def opened(path: str) -> Iterator[Source]:
    """The file, or standard input for ``-``. What has no size, such as a pipe, is kept in a
    temporary file first: S3 wants to know how long a file is before it comes.

    Raises:
        UsageError: it cannot be read, is empty or too large.
    """
    with ExitStack() as files:
        try:
            source = _source(path, files)
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
        yield source


def _source(path: str, files: ExitStack) -> Source:
    name = None if path == STDIN else _printable(Path(path).name)
    label = "standard input" if name is None else path
    file: IO[bytes] = sys.stdin.buffer
    if name is not None:
        file = files.enter_context(_open(path))
    if _is_regular(file):
        return _checked(Source(file, os.fstat(file.fileno()).st_size, name, label))
    kept = files.enter_context(_temporary())
    size = _keep(file, kept)
    kept.seek(0)
    return _checked(Source(kept, size, name, label))


def send(
    client: Client, request: Mapping[str, object], source: Source, *, key: str, report: Report
) -> str:
    """Makes the job and sends its CSV; the job's id.

    Each try asks for a form of its own: the key leads to the same job, and tells whether an
    earlier try had come through after all.

    Raises:
        CommandError: it could not be sent.
    """
    for attempt in range(1, TRIES + 1):
        created = client.create(dict(request), key=key)
        job_id = str(created["job_id"])
        form = created["upload"]
        if form is None:
            break
        try:
            _post(client.transport, form, source, report)
        except CommandError as error:
            if attempt == TRIES or not is_transient(error):
                raise
            client.transport.sleep(pause(attempt, error))
        else:
            break
    return job_id


def _post(transport: Transport, form: Answer, source: Source, report: Report) -> None:
    body = Form(form["fields"], source, report)
    headers = {"Content-Type": body.content_type}
    transport.send("POST", form["url"], headers=headers, data=body, tries=1)


class Form:
    """A multipart/form-data body (RFC 7578) that reads its file piece by piece.

    ``requests`` takes it for a stream of known length.
    """

    def __init__(self, fields: Mapping[str, str], source: Source, report: Report) -> None:
        boundary = uuid.uuid4().hex
        self.content_type = f"multipart/form-data; boundary={boundary}"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="upload.csv"'
            "\r\nContent-Type: text/csv\r\n\r\n"
        )
        self._head = "".join(parts).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._source = source
        self._report = report
        self._pieces = self._all()

    def __len__(self) -> int:
        return len(self._head) + self._source.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def read(self, _: int = -1) -> bytes:
        """The next piece, of whatever size; empty at the end."""
        return next(self._pieces, b"")

    def _all(self) -> Iterator[bytes]:
        yield self._head
        file, left = self._source.file, self._source.size
        file.seek(0)
        while left:
            piece = file.read(min(PIECE, left))
            if not piece:
                raise UsageError(f"{self._source.label} has become shorter while it was sent.")
            left -= len(piece)
            yield piece
            self._report(self._source.size - left)
        yield self._tail


def _open(path: str) -> IO[bytes]:
    return Path(path).open("rb")


def _temporary() -> IO[bytes]:
    return tempfile.TemporaryFile(prefix="darkroom-")


def _is_regular(file: IO[bytes]) -> bool:
    """Standard input may be a file too, but one that somebody else has begun to read."""
    return stat.S_ISREG(os.fstat(file.fileno()).st_mode) and file.tell() == 0


def _keep(file: IO[bytes], kept: IO[bytes]) -> int:
    size = 0
    while size <= LARGEST and (piece := file.read(PIECE)):
        size += kept.write(piece)
    return size


def _checked(source: Source) -> Source:
    if source.size == 0:
        raise UsageError(f"{source.label} is empty.")
    if source.size > LARGEST:
        raise UsageError(f"{source.label} has more than 200 MB: split it into several files.")
    return source


def _printable(name: str) -> str:
    kept = ("_" if unicodedata.category(each) in {"Cc", "Cs"} else each for each in name)
    return "".join(kept)[:LONGEST_FILENAME]
