"""What compiled code asks of the system that loads it, read from its ELF headers."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

MAGIC = b"\x7fELF"

MACHINES = {"aarch64": "EM_AARCH64", "x86_64": "EM_X86_64"}

NEWEST = {"GLIBC": (2, 34), "GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13)}
"""Versions of symbols that Amazon Linux 2023 has: glibc 2.34, and libstdc++ of GCC 11."""

SYSTEM = frozenset(
    {
        *("libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1"),
        *("libresolv.so.2", "libgcc_s.so.1", "libstdc++.so.6", "libz.so.1"),
        *("ld-linux-aarch64.so.1", "ld-linux-x86-64.so.2"),
    }
)
"""Libraries that Lambda's system itself has: glibc, the compilers' own, and zlib."""


@dataclass(frozen=True)
class Binary:
    """One library or program.

    Attributes:
        machine: as ELF names it, ``EM_AARCH64``.
        libraries: names of what it is linked to.
        symbols: versions of symbols that it needs, ``GLIBC_2.17``.
    """

    machine: str
    libraries: frozenset[str]
    symbols: frozenset[str]


def read(data: bytes) -> Binary:
    """
    Raises:
        ValueError: it is broken.
    """
    try:
        elf = ELFFile(io.BytesIO(data))
        return Binary(
            machine=elf["e_machine"],
            libraries=frozenset(_libraries(elf)),
            symbols=frozenset(_symbols(elf)),
        )
    except ELFError as error:
        raise ValueError(f"a broken ELF file: {error}") from error


def complaints(binary: Binary, machine: str, beside: frozenset[str]) -> Iterator[str]:
    """Why Lambda could not load it.

    Args:
        machine: ``aarch64`` or ``x86_64``.
        beside: names of the files in the same package, which may be libraries that it needs.
    """
    if binary.machine != MACHINES[machine]:
        yield f"made for {binary.machine}, not {MACHINES[machine]}"
    for library in sorted(binary.libraries - SYSTEM - beside):
        yield f"needs {library}, which neither Lambda's system nor the package has"
    for symbol in sorted(binary.symbols):
        family, _, version = symbol.partition("_")
        newest = NEWEST.get(family)
        if newest and _numbers(version) > newest:
            yield f"needs {symbol}, newer than Lambda's {'.'.join(map(str, newest))}"


def _libraries(elf: ELFFile) -> Iterator[str]:
    for section in elf.iter_sections():
        if isinstance(section, DynamicSection):
            for tag in section.iter_tags("DT_NEEDED"):
                yield tag.needed  # type: ignore[attr-defined]  # tags of this kind have it


def _symbols(elf: ELFFile) -> Iterator[str]:
    for section in elf.iter_sections():
        if isinstance(section, GNUVerNeedSection):
            for _library, versions in section.iter_versions():
                yield from (version.name for version in versions)


def _numbers(version: str) -> tuple[int, ...]:
    """Empty for ``PRIVATE`` and the like, which no other system's library has anyway."""
    return tuple(int(each) for each in version.split(".") if each.isdecimal())
