"""The catalogues of a trial: Darkroom reads them as their plan says."""

import pytest

from catalogue.reader import Table
from localcloud.upgrade.catalogue import Catalogue

ORIGIN = "http://127.0.0.1:1"


@pytest.mark.parametrize("images", [2, 6, 120])
def test_each_image_stands_in_it_and_the_bad_rows_are_few(images: int) -> None:
    made = Catalogue("large", images, ORIGIN)
    rows = list(Table([made.sent()]).rows())
    good = [row for row in rows if not row.error]
    assert list(dict.fromkeys(url for row in good for url in row.urls)) == made.urls
    assert len(rows) - len(good) == images // 50
    assert len(made.failures) == images // 50


def test_one_that_is_not_usable_has_no_good_row() -> None:
    made = Catalogue("small", 6, ORIGIN, is_usable=False)
    assert all(row.error for row in Table([made.sent()]).rows())
    assert made.failures == {}


def test_the_result_that_must_come_has_each_place_filled() -> None:
    made = Catalogue("large", 51, ORIGIN)
    outputs = {url: f"new-{n}" for n, url in enumerate(made.urls) if url not in made.failures}
    lines = made.expected(outputs).decode().splitlines()
    assert lines[0] == "Sku,Name,Image Urls,Colour,Output Image Urls,Errors"
    assert lines[1].endswith('"blue, or grey","new-0,new-1",')
    assert lines[49].endswith(f'"new-48,",not_found: {made.urls[49]}')
    assert lines[-1].endswith(",,missing_name: Name")
