"""Each rule finds what it is for, in archives with one thing wrong."""

import importlib.util
import py_compile
import sys
from pathlib import Path

import pytest

from infra.bundling import Target
from packages import rules
from packages.contents import Archive, Package
from packages.rules import Place
from tests.unit.packages.zips import archive

VERSION = "{}.{}".format(*sys.version_info[:2])
TAG = sys.implementation.cache_tag
HERE = Place(
    target=Target(python=VERSION, platform="x86_64-manylinux_2_34"),
    magic=importlib.util.MAGIC_NUMBER,
    foreign=("/home/somebody/darkroom",),
)
SOURCE = "python/shop/price.py"
COMPILED = f"python/shop/__pycache__/price.{TAG}.pyc"


def found(tmp_path: Path, files: dict[str, bytes], *, mode: int = 0o644) -> list[str]:
    return list(rules.of_archive(archive(tmp_path / "x.zip", files, mode=mode), HERE))


def compiled(
    tmp_path: Path,
    *,
    path: str = f"/opt/{SOURCE}",
    how: py_compile.PycInvalidationMode = py_compile.PycInvalidationMode.UNCHECKED_HASH,
) -> bytes:
    source = tmp_path / "price.py"
    source.write_text("NET = 1\n")
    made = py_compile.compile(str(source), dfile=path, invalidation_mode=how, doraise=True)
    return Path(str(made)).read_bytes()


def test_an_ordinary_archive_is_sound(tmp_path: Path) -> None:
    files = {SOURCE: b"NET = 1\n", COMPILED: compiled(tmp_path)}
    assert found(tmp_path, files) == []


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o700, 0o750, 0o440, 0], ids=oct)
def test_what_another_user_may_not_read_is_found(tmp_path: Path, mode: int) -> None:
    (problem,) = found(tmp_path, {SOURCE: b"", "python/shop/tax.py": b""}, mode=mode)
    assert problem == (
        f"layer shop: {SOURCE} and 1 more: mode {mode:04o}, which Lambda's user may not read."
    )


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o444, 0o555, 0o664], ids=oct)
def test_what_everybody_may_read_is_sound(tmp_path: Path, mode: int) -> None:
    assert found(tmp_path, {SOURCE: b""}, mode=mode) == []


@pytest.mark.parametrize(
    "name",
    [
        *("python/shop/tests/case.py", "python/bin/alembic", "python/shop/conftest.py"),
        *(".env", "shop/.env.local", "python/x.dist-info/RECORD"),
        "python/x.dist-info/direct_url.json",
    ],
)
def test_what_no_function_needs_is_found(tmp_path: Path, name: str) -> None:
    (problem,) = found(tmp_path, {name: b""})
    assert problem.startswith(f"layer shop: {name}: of no use to any function")


SECRETS = {
    "a private key": b"-----BEGIN " + b"RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA" + b"x" * 40,
    "an AWS access key": b"key = 'AK" + b"IAQWERTYUIOPASDFGH'",
    "a Cloudinary account": b"cloudinary:" + b"//123456789012345:abcdefghij_klmnopq@shop",
    "a webhook secret": b"whs" + b"ec_" + b"c2VjcmV0" * 4,
}


@pytest.mark.parametrize("what", SECRETS)
def test_a_secret_is_found(tmp_path: Path, what: str) -> None:
    (problem,) = found(tmp_path, {"shop/settings.py": SECRETS[what]})
    assert problem == f"layer shop: shop/settings.py: holds {what}."


@pytest.mark.parametrize(
    "text",
    [
        b"-----BEGIN CERTIFICATE-----\nMIIEowIBAAKCAQEAxxxxxxxx",
        b"pem.startswith('-----BEGIN PRIVATE KEY-----')",
        b"key = 'AKIAIOSFODNN7EXAMPLE'",
        b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        b"whsec_...",
    ],
    ids=[
        *("a certificate", "a search for a key", "AWS's example", "Standard Webhooks' example"),
        "a placeholder",
    ],
)
def test_what_only_looks_like_a_secret_is_sound(tmp_path: Path, text: bytes) -> None:
    assert found(tmp_path, {"shop/settings.py": text}) == []


def test_a_path_of_the_machine_that_made_it_is_found(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, {"shop/x.py": b"'/home/somebody/darkroom/functions'"})
    assert "names /home/somebody/darkroom, a path of the machine" in problem


def test_code_that_is_compiled_for_another_python_is_found(tmp_path: Path) -> None:
    other = COMPILED.replace(str(TAG), "cpython-38")
    assert "not compiled for Python" in found(tmp_path, {SOURCE: b"", other: b""})[0]
    files = {SOURCE: b"", COMPILED: b"\0\0\r\n" + compiled(tmp_path)[4:]}
    assert "not compiled for Python" in found(tmp_path, files)[0]


def test_compiled_code_without_its_source_is_found(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, {COMPILED: compiled(tmp_path)})
    assert "compiled from a source that is not there" in problem


def test_code_that_is_compiled_under_another_path_is_found(tmp_path: Path) -> None:
    files = {SOURCE: b"", COMPILED: compiled(tmp_path, path="/opt/python/made/shop/price.py")}
    assert "compiled under another path than its own" in found(tmp_path, files)[0]


def test_compiled_code_that_asks_for_the_time_of_its_source_is_found(tmp_path: Path) -> None:
    by_time = compiled(tmp_path, how=py_compile.PycInvalidationMode.TIMESTAMP)
    (problem,) = found(tmp_path, {SOURCE: b"", COMPILED: by_time})
    assert "depend on the time of its source" in problem


def test_a_broken_binary_is_found(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, {"python/x.so": b"\x7fELF\x02"})
    assert "a broken ELF file" in problem


def function(*layers: Archive, code: Archive) -> Package:
    return Package(
        name="shop",
        handler="shop.handler.handler",
        environment={},
        memory=128,
        timeout=3,
        code=code,
        layers=layers,
        layer_names=tuple(each.title for each in layers),
    )


def test_a_function_that_is_too_large_with_its_layers_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = archive(tmp_path / "1.zip", {"a": b"1" * 700_000})
    two = archive(tmp_path / "2.zip", {"b": b"2" * 700_000})
    package = function(one, code=two)
    assert list(rules.of_package(package)) == []
    monkeypatch.setattr(rules, "MOST_BYTES", 2**20)
    assert list(rules.of_package(package)) == [
        "function shop: 1 MB with its layers, more than Lambda's 1 MB."
    ]


def test_too_many_layers_are_found(tmp_path: Path) -> None:
    layers = [archive(tmp_path / f"{n}.zip", {f"{n}": b""}) for n in range(6)]
    assert list(rules.of_package(function(*layers[:5], code=layers[5]))) == []
    assert list(rules.of_package(function(*layers, code=layers[5]))) == [
        "function shop: 6 layers, more than 5."
    ]


def test_a_file_that_differs_between_two_layers_is_found(tmp_path: Path) -> None:
    code = archive(tmp_path / "code.zip", {})
    one = archive(tmp_path / "1.zip", {"python/six.py": b"1"}, title="layer one")
    same = archive(tmp_path / "2.zip", {"python/six.py": b"1"}, title="layer same")
    other = archive(tmp_path / "3.zip", {"python/six.py": b"2"}, title="layer other")
    assert list(rules.of_package(function(one, same, code=code))) == []
    assert list(rules.of_package(function(one, same, other, code=code))) == [
        "function shop: python/six.py differs between layer one and layer other."
    ]
