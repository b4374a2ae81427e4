"""Folders that are made once from what they are named after, and readable for everybody.

Lambda runs functions as another user than the one who zips them, and a zip keeps the files' modes:
on a machine with the umask 077 they would be for their owner only, and no function could be loaded.
So the modes are the same here whatever the umask is.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

FILE_MODE, FOLDER_MODE = 0o644, 0o755


def made_once(folder: Path, fill: Callable[[Path], None]) -> Path:
    """``folder``, filled before it takes its name: an interrupted run leaves nothing half-made."""
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".part-") as part:
        made = Path(part) / "made"
        made.mkdir()
        fill(made)
        _let_all_read(made)
        try:
            made.rename(folder)
        except OSError:
            if not folder.exists():  # else another synth was faster, with the same content
                raise
    return folder


def contents(folder: Path) -> Iterator[bytes]:
    """Names and bytes of all files, in an order that does not depend on the machine."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            yield str(file.relative_to(folder)).encode()
            yield file.read_bytes()


def digest(*parts: bytes | str) -> str:
    """Hash of the parts and of where each ends."""
    total = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        total.update(hashlib.sha256(raw).digest())
    return total.hexdigest()[:32]


def _let_all_read(folder: Path) -> None:
    folder.chmod(FOLDER_MODE)
    for each in folder.rglob("*"):
        each.chmod(FOLDER_MODE if each.is_dir() else FILE_MODE)
