"""What two equal checkouts upload must be equal: anything else would be a deploy of nothing new."""

from pathlib import Path
from typing import Any

from packages.comparison import differences
from packages.publish import Published
from tests.unit.packages.zips import archive

FUNCTION = {"Runtime": "python3.13", "Handler": "shop.handler.handler", "Code": {"S3Key": "1.zip"}}
TEMPLATE: dict[str, Any] = {
    "Resources": {"Shop": {"Type": "AWS::Lambda::Function", "Properties": FUNCTION}}
}


def published(folder: Path, files: dict[str, bytes], *, mode: int = 0o644) -> Published:
    folder.mkdir()
    archive(folder / "1.zip", files, mode=mode)
    return Published(folder, TEMPLATE, {})


def test_equal_packages_have_no_differences(tmp_path: Path) -> None:
    one, two = (published(tmp_path / name, {"a.py": b"1"}) for name in "ab")
    assert list(differences(one, two)) == []


def test_another_content_or_mode_is_found(tmp_path: Path) -> None:
    one = published(tmp_path / "a", {"a.py": b"1", "b.py": b""})
    other = published(tmp_path / "b", {"a.py": b"2", "b.py": b""})
    assert list(differences(one, other)) == [
        "function Shop: a.py not the same in two equal checkouts."
    ]
    closed = published(tmp_path / "c", {"a.py": b"1", "b.py": b""}, mode=0o600)
    assert list(differences(one, closed)) == [
        "function Shop: a.py and 1 more not the same in two equal checkouts."
    ]


def test_another_name_in_the_bucket_is_found(tmp_path: Path) -> None:
    one, two = (published(tmp_path / name, {"a.py": b"1"}) for name in "ab")
    archive(two.zips / "2.zip", {})
    assert list(differences(one, two)) == [
        "2.zip was published by one of two equal checkouts only."
    ]
