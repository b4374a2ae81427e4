"""Images: files made to be difficult, and servers that lie. All are rows of one job, and what can
be shown are rows of another, in which it keeps its format."""

import csv
import io

import pytest

from tests.local.hostile.client import Client, exchange
from tests.local.hostile.transports import FINAL
from tests.local.hostile.verdicts import Verdict, submitted, verdicts
from tests.origin import Origin
from tests.pictures import difference, opened
from tests.unit.imaging.files import PICTURE
from tests.unit.imaging.hostile import refused, shown

REFUSED = refused()
SHOWN = shown()

FOREIGN = (b"PK\3\4", b"<script", b"%PDF", b"secret", b"Exif", b"http://ns.adobe.com")
"""Of archives, pages, documents, and metadata."""


@pytest.fixture(scope="session")
def run(client: Client, outside: Origin) -> dict[str, Verdict]:
    cells = {}
    for n, (name, (data, _)) in enumerate(REFUSED.items()):
        cells[f"refused: {name}"] = outside.serve(f"/refused/{n}", data)
    for n, (name, data) in enumerate(SHOWN.items()):
        cells[f"shown: {name}"] = outside.serve(f"/shown/{n}", data)
    for n, (name, (behaviour, _)) in enumerate(FINAL.items()):
        cells[f"server: {name}"] = outside.on(f"/server/{n}", behaviour)
    [ended] = client.ended([submitted(client, cells)])
    return verdicts(ended, cells)


@pytest.fixture(scope="session")
def kept(client: Client, outside: Origin) -> dict[str, Verdict]:
    cells = {
        name: outside.serve(f"/kept/{n}", data) for n, (name, data) in enumerate(SHOWN.items())
    }
    table = io.StringIO(newline="")
    csv.writer(table).writerows([("name", "images"), *cells.items()])
    [ended] = client.ended([client.submit(table.getvalue().encode(), format="keep")])
    return verdicts(ended, cells)


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_picture_ends_with_its_code(run: dict[str, Verdict], name: str) -> None:
    run[f"refused: {name}"].assert_code(REFUSED[name][1])


@pytest.mark.parametrize("name", SHOWN)
def test_an_odd_picture_is_compressed_and_nothing_of_it_kept_but_the_picture(
    run: dict[str, Verdict], name: str
) -> None:
    assert_is_the_picture_alone(stored(run[f"shown: {name}"]), name)


@pytest.mark.parametrize("name", SHOWN)
def test_an_odd_picture_that_keeps_its_format_is_no_larger(
    kept: dict[str, Verdict], name: str
) -> None:
    """Most come out as they came in, without what does not belong to the picture."""
    data = stored(kept[name])
    assert len(data) <= len(SHOWN[name])
    assert_is_the_picture_alone(data, name)


@pytest.mark.parametrize("name", FINAL)
def test_an_odd_answer_ends_as_it_should(run: dict[str, Verdict], name: str) -> None:
    run[f"server: {name}"].assert_ended(FINAL[name][1])


def stored(verdict: Verdict) -> bytes:
    verdict.assert_succeeded()
    return exchange("GET", verdict.output).body


def assert_is_the_picture_alone(data: bytes, name: str) -> None:
    assert difference(opened(data), PICTURE) < (9 if name.startswith("gif") else 5)
    assert not [part for part in FOREIGN if part in data]
