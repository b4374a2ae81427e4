"""Writing what comes down, whole or not at all."""

import os
import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from darkroom.errors import UsageError

STDOUT = "-"


def check(path: str, *, source: str | None = None) -> None:
    """Finds out before anything is sent whether ``path`` can be written.

    Raises:
        UsageError: it cannot, or it is the file that is being sent.
    """
    if path == STDOUT:
        return
    file = Path(path)
    folder = _target(file).parent
    if file.is_dir():
        raise UsageError(f"{path} is a folder: name a file in it.")
    if not folder.is_dir():
        raise UsageError(f"{path} cannot be written: there is no folder {folder}.")
    if not os.access(folder if not file.exists() or _is_plain(file) else file, os.W_OK):
        raise UsageError(f"{path} cannot be written: {folder} is not yours to write to.")
    if source is not None and file.exists() and Path(source).exists() and file.samefile(source):
        raise UsageError(f"{path} is the file that is sent: name another one for the result.")


def write(path: str, pieces: Iterable[bytes]) -> int:
    """Writes all of it to ``path``, or to standard output for ``-``; the number of bytes.

    A file appears, or is replaced, once it is whole.

    Raises:
        UsageError: it cannot be written.
    """
    if path == STDOUT:
        total = sum(_written(sys.stdout.buffer, piece) for piece in pieces)
        sys.stdout.buffer.flush()
        return total
    try:
        with _replacing(Path(path)) as file:
            return sum(_written(file, piece) for piece in pieces)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}.") from error


def _written(file: IO[bytes], piece: bytes) -> int:
    file.write(piece)
    return len(piece)


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    target = _target(path)
    if target.exists() and not target.is_file():  # /dev/null, a named pipe
        with target.open("wb") as file:
            yield file
        return
    part = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(target)
    except BaseException:  # also an interruption
        part.unlink(missing_ok=True)
        raise


def _target(path: Path) -> Path:
    """A link stays a link; what it leads to is replaced."""
    return Path(os.path.realpath(path))


def _is_plain(path: Path) -> bool:
    return _target(path).is_file()
