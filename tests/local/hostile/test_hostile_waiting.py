"""Images that are tried again: some get better, the others end after their last try.

Their jobs are under way while other cases run, and these tests are the last to look.
"""

import pytest

from tests.local.hostile.client import Client
from tests.local.hostile.conftest import UnderWay
from tests.local.hostile.transports import LASTING, PASSING, SILENT
from tests.local.hostile.verdicts import Verdict, verdicts


@pytest.fixture(scope="session")
def run(client: Client, lasting: UnderWay, silent: UnderWay) -> dict[str, Verdict]:
    one, other = client.ended([lasting.job_id, silent.job_id])
    return verdicts(one, lasting.names) | verdicts(other, silent.names)


@pytest.mark.parametrize("name", LASTING)
def test_what_does_not_get_better_ends_with_its_code(run: dict[str, Verdict], name: str) -> None:
    run[f"lasting: {name}"].assert_code(LASTING[name][1])


@pytest.mark.parametrize("name", PASSING)
def test_what_gets_better_succeeds(run: dict[str, Verdict], name: str) -> None:
    run[f"passing: {name}"].assert_succeeded()


@pytest.mark.parametrize("name", SILENT)
def test_what_breaks_its_silence_succeeds(run: dict[str, Verdict], name: str) -> None:
    run[name].assert_succeeded()


def test_a_port_where_nobody_listens_is_unreachable(run: dict[str, Verdict]) -> None:
    run["nobody listens"].assert_code("unreachable")


def test_https_to_a_port_of_plain_http_is_unreachable(run: dict[str, Verdict]) -> None:
    run["TLS to a plain port"].assert_code("unreachable")
