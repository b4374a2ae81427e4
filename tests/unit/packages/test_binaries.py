"""What compiled code asks of a system, read from a library that a layer really has."""

import pytest

from infra import bundling
from packages import binaries
from packages.binaries import Binary


@pytest.fixture(scope="module")
def libpq() -> Binary:
    """PostgreSQL's client library, of the layer for AWS."""
    folder = bundling.build("database", bundling.LAMBDA).folder
    (file,) = (folder / "python" / "psycopg_binary.libs").glob("libpq-*")
    return binaries.read(file.read_bytes())


def test_a_library_says_what_it_is_made_for_and_what_it_needs(libpq: Binary) -> None:
    assert libpq.machine == "EM_AARCH64"
    assert "libc.so.6" in libpq.libraries
    assert any(each.startswith("libssl-") for each in libpq.libraries)
    assert "GLIBC_2.17" in libpq.symbols


def test_a_library_for_another_processor_is_found(libpq: Binary) -> None:
    beside = libpq.libraries - binaries.SYSTEM
    assert list(binaries.complaints(libpq, "aarch64", beside)) == []
    assert list(binaries.complaints(libpq, "x86_64", beside)) == [
        "made for EM_AARCH64, not EM_X86_64"
    ]


def test_a_library_that_is_not_there_is_found(libpq: Binary) -> None:
    missing = sorted(libpq.libraries - binaries.SYSTEM)
    assert missing
    found = list(binaries.complaints(libpq, "aarch64", frozenset(missing[1:])))
    assert found == [f"needs {missing[0]}, which neither Lambda's system nor the package has"]


@pytest.mark.parametrize(
    ("symbol", "newest"),
    [("GLIBC_2.35", "2.34"), ("GLIBCXX_3.4.30", "3.4.29"), ("CXXABI_1.3.14", "1.3.13")],
    ids=["glibc", "libstdc++", "its interface"],
)
def test_a_symbol_that_is_newer_than_lambdas_system_is_found(symbol: str, newest: str) -> None:
    binary = Binary("EM_AARCH64", frozenset(), frozenset({symbol, "GLIBC_2.34", "GLIBC_PRIVATE"}))
    assert list(binaries.complaints(binary, "aarch64", frozenset())) == [
        f"needs {symbol}, newer than Lambda's {newest}"
    ]
