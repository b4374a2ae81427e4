from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from darkroom.commands.validate import LARGEST, beginning
from tests.origin import Origin, Visit
from tests.unit.darkroom.service import Ran, answers, body_of

FOUND: dict[str, Any] = {
    "valid": False,
    "usable": True,
    "encoding": "utf-8",
    "delimiter": ",",
    "columns": [{"name": "name", "role": "product_name"}, {"name": "price", "role": None}],
    "rows": {"total": 2, "rejected": 1},
    "images": {"total": 1, "invalid": 0},
    "errors": [
        {"row": 2, "column": "name", "code": "missing_name", "message": "It is empty.", "url": None}
    ],
    "errors_total": 1_001,
}


@pytest.fixture
def products(tmp_path: Path) -> Path:
    file = tmp_path / "products.csv"
    file.write_bytes(b"name,images\n")
    return file


def test_each_error_is_told_with_row_and_column(
    darkroom: Callable[..., Ran], origin: Origin, products: Path
) -> None:
    origin.on("/v1/validate", answers(FOUND))
    ran = darkroom("validate", str(products))
    assert ran.code == 3
    assert "2\tname\tmissing_name\tIt is empty." in ran.out.splitlines()
    assert "… and 1,000 errors more." in ran.out
    assert darkroom("validate", str(products), "--json").json == FOUND


def test_a_file_without_errors_is_told_so(
    darkroom: Callable[..., Ran], origin: Origin, products: Path
) -> None:
    origin.on("/v1/validate", answers(FOUND | {"valid": True, "errors": [], "errors_total": 0}))
    ran = darkroom("validate", str(products))
    assert ran.code == 0
    assert ran.out.endswith("Nothing is wrong with it.\n")


def test_of_a_large_file_the_first_rows_are_checked_and_it_says_so(
    darkroom: Callable[..., Ran], origin: Origin, products: Path
) -> None:
    row = b'Cup,"https://a.example/1.jpg\nhttps://a.example/2.jpg"\n'
    products.write_bytes(b"name,images\n" + row * 100_000)
    sent = []

    def take(visit: Visit) -> None:
        sent.append(body_of(visit))
        answers(FOUND)(visit)

    origin.on("/v1/validate", take)
    ran = darkroom("validate", str(products))
    assert "Only the first " in ran.err
    assert LARGEST - len(row) < sent[0].count(row) * len(row) < LARGEST


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_beginning_ends_with_a_whole_row(encoding: str) -> None:
    row = 'Cup “a”,"one\n""two"""\n'
    content = (row * 300_000).encode(encoding)
    kept = beginning(content[: LARGEST + 1]).decode(encoding)
    assert kept == row * (len(kept) // len(row))
    assert len(kept.encode(encoding)) > LARGEST - 200


def test_a_file_of_one_endless_row_is_cut_anywhere() -> None:
    assert len(beginning(b'"' + b"\n" * LARGEST)) == LARGEST
