import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from darkroom import files
from darkroom.errors import UsageError


def interrupted() -> Iterator[bytes]:
    yield b"half"
    raise KeyboardInterrupt


def test_a_file_is_replaced_once_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "result.csv"
    file.write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt):
        files.write(str(file), interrupted())
    assert file.read_bytes() == b"before"
    assert files.write(str(file), [b"a", b"fter"]) == 5
    assert file.read_bytes() == b"after"
    assert list(tmp_path.iterdir()) == [file]


def test_a_new_file_has_the_rights_that_new_files_have(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    files.write(str(tmp_path / "result.csv"), [b""])
    modes = {file.stat().st_mode for file in tmp_path.iterdir()}
    assert len(modes) == 1


def test_what_a_link_leads_to_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_bytes(b"before")
    (tmp_path / "link.csv").symlink_to("real.csv")
    files.write(str(tmp_path / "link.csv"), [b"after"])
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes() == b"after"


def test_a_device_is_written_to_and_not_replaced() -> None:
    files.check(os.devnull)
    assert files.write(os.devnull, [b"gone"]) == 4
    assert Path(os.devnull).is_char_device()


@pytest.mark.parametrize(
    ("path", "told"),
    [("", "is a folder"), ("none/result.csv", "no folder"), ("products.csv", "is the file that")],
    ids=["folder", "folder that is missing", "source"],
)
def test_what_cannot_be_written_is_told_before_anything_is_sent(
    path: str, told: str, tmp_path: Path
) -> None:
    source = tmp_path / "products.csv"
    source.touch()
    with pytest.raises(UsageError, match=told):
        files.check(str(tmp_path / path), source=str(source))


def test_a_disk_that_fails_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: No such file"):
        files.write(str(tmp_path / "none" / "result.csv"), [b""])
