"""URLs of images: each is a row of one job, which must end with the code of its case."""

import re
from dataclasses import dataclass

import pytest

from tests.local.hostile.addresses import REDIRECTS, URLS
from tests.local.hostile.client import Client
from tests.local.hostile.verdicts import Verdict, submitted, verdicts
from tests.origin import Origin
from tests.pictures import encoded, photo

PICTURE = encoded(photo(), "JPEG")


@dataclass(frozen=True)
class Run:
    """What became of each case, and of the two servers."""

    verdicts: dict[str, Verdict]
    reached: list[str]
    """Paths that were asked for at the address that is not public."""


@pytest.fixture(scope="session")
def run(client: Client, outside: Origin, inside: Origin) -> Run:
    def sent(url: str) -> str:
        return url.replace("{port}", str(inside.port))

    cells = {name: sent(url) for name, (url, _) in URLS.items()}
    for name, (target, _) in REDIRECTS.items():
        path = "/redirect/" + re.sub(r"\W+", "-", name)
        cells[f"redirect: {name}"] = outside.redirect(path, sent(target))
    for length in (5, 6):
        for step in range(length):
            outside.redirect(f"/{length}/{step}", f"/{length}/{step + 1}")
        outside.serve(f"/{length}/{length}", PICTURE)
        cells[f"{length} redirects"] = outside.url(f"/{length}/0")
    [ended] = client.ended([submitted(client, cells)])
    return Run(verdicts(ended, cells), [path for path, _ in inside.seen])


@pytest.mark.parametrize("name", URLS)
def test_a_url_ends_with_its_code(run: Run, name: str) -> None:
    run.verdicts[name].assert_code(URLS[name][1])


@pytest.mark.parametrize("name", REDIRECTS)
def test_a_redirect_ends_with_its_code(run: Run, name: str) -> None:
    run.verdicts[f"redirect: {name}"].assert_code(REDIRECTS[name][1])


def test_five_redirects_are_followed_and_no_sixth(run: Run) -> None:
    run.verdicts["5 redirects"].assert_succeeded()
    run.verdicts["6 redirects"].assert_code("unreachable")


def test_nothing_was_reached_that_is_not_public(run: Run) -> None:
    assert run.reached == []
