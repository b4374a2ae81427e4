"""Rules that an archive, or a function with all its layers, must keep to run on Lambda.

None of them runs any code, so that packages for another processor are held to them too. Each yields
sentences that name what is wrong and where.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from infra.bundling import Target
from packages import binaries
from packages.contents import Archive, File, Package

READABLE = 0o444

MOST_BYTES = 250 * 2**20
"""Of a function with all its layers, unzipped (Lambda's quota)."""

MOST_LAYERS = 5

UNWANTED = {"tests", "test", "bin", "node_modules", "RECORD", "INSTALLER", "direct_url.json"}
"""Parts of paths that no function needs, or that differ from one installation to the next."""

SECRETS = (
    ("a private key", re.compile(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{16}")),
    ("an AWS access key", re.compile(rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a Cloudinary account", re.compile(rb"cloudinary://\d{10,}:[\w-]{10,}@")),
    ("a webhook secret", re.compile(rb"\bwhsec_[A-Za-z0-9+/]{32,}")),
)

EXAMPLES = {
    *(b"AKIAIOSFODNN7EXAMPLE", b"ASIAIOSFODNN7EXAMPLE"),
    *(b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
}
"""Of the documentation of AWS and of Standard Webhooks."""


@dataclass(frozen=True)
class Place:
    """Where archives are going to run, and where they come from.

    Attributes:
        magic: the first bytes of what the target's Python compiles; ``None`` if it is not known.
        foreign: paths of the machine that made them, which they must not name.
    """

    target: Target
    magic: bytes | None
    foreign: tuple[str, ...]

    @property
    def machine(self) -> str:
        return (self.target.platform or "").partition("-")[0]


def of_archive(archive: Archive, place: Place) -> Iterator[str]:
    """Of one zip by itself. What is wrong with many files is said once."""
    files = list(archive.files())
    beside = frozenset(PurePosixPath(each.name).name for each in files)
    names = {each.name for each in files}
    found: dict[str, list[str]] = {}
    for file in files:
        for complaint in (
            *_of_permissions(file),
            *_of_names(file),
            *_of_content(file, place),
            *_of_compiled(file, names, place),
            *_of_binaries(file, beside, place),
        ):
            found.setdefault(complaint, []).append(file.name)
    for complaint, guilty in found.items():
        yield f"{archive.title}: {named(guilty)}: {complaint}."


def named(files: list[str]) -> str:
    """Files in a sentence: the first by its name."""
    return files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"


def of_package(package: Package) -> Iterator[str]:
    """Of a function with its layers."""
    if package.unzipped > MOST_BYTES:
        yield (
            f"function {package.name}: {package.unzipped / 2**20:.0f} MB with its layers, "
            f"more than Lambda's {MOST_BYTES // 2**20} MB."
        )
    if len(package.layers) > MOST_LAYERS:
        yield f"function {package.name}: {len(package.layers)} layers, more than {MOST_LAYERS}."
    yield from _of_overlaps(package.name, package.layers)


def _of_permissions(file: File) -> Iterator[str]:
    if file.mode & READABLE != READABLE:
        yield f"mode {file.mode & 0o7777:04o}, which Lambda's user may not read"


def _of_names(file: File) -> Iterator[str]:
    path = PurePosixPath(file.name)
    for part in sorted(UNWANTED.intersection(path.parts)):
        yield f"of no use to any function ({part})"
    if path.name == "conftest.py" or path.name.startswith(".env"):
        yield "of no use to any function"


def _of_content(file: File, place: Place) -> Iterator[str]:
    for path in place.foreign:
        if path.encode() in file.data:
            yield f"names {path}, a path of the machine that it was made on"
    for what, pattern in SECRETS:
        if any(found not in EXAMPLES for found in pattern.findall(file.data)):
            yield f"holds {what}"


def _of_compiled(file: File, names: set[str], place: Place) -> Iterator[str]:
    """Compiled modules must be the target's, and belong to a source that is there."""
    if not file.name.endswith(".pyc"):
        return
    path = PurePosixPath(file.name)
    tag = f".cpython-{place.target.python.replace('.', '')}.pyc"
    source = path.parent.parent / f"{path.name.removesuffix(tag)}.py"
    if not path.name.endswith(tag) or (place.magic and not file.data.startswith(place.magic)):
        yield f"not compiled for Python {place.target.python}"
    elif str(source) not in names:
        yield "compiled from a source that is not there"
    elif b"/opt/" + str(source).encode() not in file.data:
        yield "compiled under another path than its own below /opt, which tracebacks would show"
    elif int.from_bytes(file.data[4:8], "little") != UNCHECKED:
        yield "compiled to depend on the time of its source, which a zip does not keep"


UNCHECKED = 0b01
"""Of PEP 552: compiled code that is taken without a look at its source."""


def _of_binaries(file: File, beside: frozenset[str], place: Place) -> Iterator[str]:
    if file.data.startswith(binaries.MAGIC):
        try:
            yield from binaries.complaints(binaries.read(file.data), place.machine, beside)
        except ValueError as error:
            yield str(error)


def _of_overlaps(name: str, layers: Iterable[Archive]) -> Iterator[str]:
    """A file in two layers must be the same: which of them counts depends on their order."""
    seen: dict[str, tuple[str, int]] = {}
    for layer in layers:
        for file, checksum in layer.checksums().items():
            title, known = seen.setdefault(file, (layer.title, checksum))
            if known != checksum:
                yield f"function {name}: {file} differs between {title} and {layer.title}."
