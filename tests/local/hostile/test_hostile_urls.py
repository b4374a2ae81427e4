"""URLs of images: each is a row of one job, which must end with the code of its case."""

import re
from dataclasses import dataclass

import pytest

from tests.local.hostile.addresses import BLOCKED, REDIRECTS, URLS
from tests.local.hostile.client import Client
from tests.local.hostile.names import NAMES, TURNING, host
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
    for origin in (outside, inside):
        origin.serve("/named.jpg", PICTURE)
    cells = {name: url.replace("{port}", str(inside.port)) for name, (url, _) in URLS.items()}
    cells |= redirects(outside, inside) | named(outside)
    [ended] = client.ended([submitted(client, cells)])
    return Run(verdicts(ended, cells), [path for path, _ in inside.seen])


def redirects(outside: Origin, inside: Origin) -> dict[str, str]:
    cells = {}
    for name, (target, _) in REDIRECTS.items():
        path = "/redirect/" + re.sub(r"\W+", "-", name)
        cells[f"redirect: {name}"] = outside.redirect(
            path, target.replace("{port}", str(inside.port))
        )
    for length in (5, 6):
        for step in range(length):
            outside.redirect(f"/{length}/{step}", f"/{length}/{step + 1}")
        outside.serve(f"/{length}/{length}", PICTURE)
        cells[f"{length} redirects"] = outside.url(f"/{length}/0")
    return cells


def named(outside: Origin) -> dict[str, str]:
    cells = {}
    for n, name in enumerate(NAMES):
        target = outside.url("/named.jpg", host=host(name, family="redirects"))
        cells[f"named: {name}"] = outside.url("/named.jpg", host=host(name, family="images"))
        cells[f"redirect: {name}"] = outside.redirect(f"/to-a-name/{n}", target)
    turned = outside.url("/named.jpg", host=TURNING)
    # Without it the same connection would be used again, and no name be looked up.
    hanging_up = {"Location": turned, "Connection": "close"}
    outside.serve("/turned", status=302, headers=hanging_up)
    return {**cells, "a name that turns": outside.url("/turned", host=TURNING)}


@pytest.mark.parametrize("name", URLS)
def test_a_url_ends_with_its_code(run: Run, name: str) -> None:
    run.verdicts[name].assert_code(URLS[name][1])


@pytest.mark.parametrize("name", REDIRECTS)
def test_a_redirect_ends_with_its_code(run: Run, name: str) -> None:
    run.verdicts[f"redirect: {name}"].assert_code(REDIRECTS[name][1])


def test_five_redirects_are_followed_and_no_sixth(run: Run) -> None:
    run.verdicts["5 redirects"].assert_succeeded()
    run.verdicts["6 redirects"].assert_code("unreachable")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("way", ["named", "redirect"])
def test_a_name_is_looked_up_once_and_judged_by_what_is_dialled(
    run: Run, name: str, way: str
) -> None:
    run.verdicts[f"{way}: {name}"].assert_ended(NAMES[name][1])


def test_a_redirect_to_the_same_name_is_looked_up_and_judged_anew(run: Run) -> None:
    run.verdicts["a name that turns"].assert_code(BLOCKED)


def test_nothing_was_reached_that_is_not_public(run: Run) -> None:
    assert run.reached == []
