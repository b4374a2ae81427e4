"""Images: files made to be difficult, and servers that lie. All are rows of one job."""

import pytest

from tests.local.hostile.client import Client
from tests.local.hostile.transports import FINAL
from tests.local.hostile.verdicts import Verdict, submitted, verdicts
from tests.origin import Origin
from tests.unit.imaging.hostile import refused, shown

REFUSED = {name: (data, code) for name, data, code in refused()}
SHOWN = dict(shown())


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


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_picture_ends_with_its_code(run: dict[str, Verdict], name: str) -> None:
    run[f"refused: {name}"].assert_code(REFUSED[name][1])


@pytest.mark.parametrize("name", SHOWN)
def test_an_odd_picture_is_compressed(run: dict[str, Verdict], name: str) -> None:
    run[f"shown: {name}"].assert_succeeded()


@pytest.mark.parametrize("name", FINAL)
def test_an_odd_answer_ends_as_it_should(run: dict[str, Verdict], name: str) -> None:
    run[f"server: {name}"].assert_ended(FINAL[name][1])
