"""Files that hold keys and passwords."""

import os
from pathlib import Path


def write_private(file: Path, text: str) -> None:
    """Replaces a file whole; only its owner may read it."""
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT, 0o600), "w") as handle:
        handle.write(text)
    part.replace(file)
