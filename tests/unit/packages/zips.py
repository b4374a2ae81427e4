"""Made-up archives, as ``cdk`` would zip them."""

import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

from packages.contents import Archive


def archive(
    file: Path, files: Mapping[str, bytes], *, title: str = "layer shop", mode: int = 0o644
) -> Archive:
    """A zip of ordinary files with one mode."""
    with zipfile.ZipFile(file, "w") as written:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFREG | mode) << 16
            written.writestr(entry, data)
    return Archive(title, file)
