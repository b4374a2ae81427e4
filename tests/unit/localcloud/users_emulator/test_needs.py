"""What an emulator lacks is named, all of it at once, before anything is deployed."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from localcloud import cdk
from localcloud.errors import CloudError
from localcloud.users_emulator import services, trial
from localcloud.users_emulator.services import HTTP_APIS, LAMBDA, MAPPINGS, NEEDS, S3
from localcloud.users_emulator.trial import Trial
from tests.emulator_proxy import EmulatorProxy
from tests.unit.localcloud.users_emulator.conftest import made

SPEAK_XML = ("cloudformation", "iam", "s3", "sts")
"""Services for whose clients the refusal is in another format, as a page of HTML would be."""

SIGNED_AS = {"apigatewayv2": "apigateway"}
"""Services that signatures call by another name."""

Client = Callable[[str], Any]


def of(url: str) -> Client:
    return cache(lambda service: cdk.client(service, url))


@pytest.fixture(scope="module")
def proxy(moto_server: str) -> Iterator[EmulatorProxy]:
    """One that lacks what a test says."""
    with EmulatorProxy(moto_server) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def through_proxy(proxy: EmulatorProxy) -> Client:
    return of(proxy.url)


def test_nothing_is_missing_where_every_service_answers(
    proxy: EmulatorProxy, through_proxy: Client
) -> None:
    proxy.without = ()
    assert list(services.missing(through_proxy)) == []


@pytest.mark.parametrize("service", sorted({need.service for need in NEEDS}))
def test_a_service_that_does_not_answer_is_named_with_what_the_emulator_said(
    proxy: EmulatorProxy, through_proxy: Client, service: str
) -> None:
    proxy.without = [SIGNED_AS.get(service, service)]
    found = list(services.missing(through_proxy))
    assert {each.what for each in found} == {need.what for need in NEEDS if need.service == service}
    if service not in SPEAK_XML:
        assert all("not included in your current license plan" in str(each) for each in found)


def test_everything_that_is_missing_is_in_one_message(
    emulator_url: str, tmp_path: Path, told: list[str]
) -> None:
    """As LocalStack's free edition is, where its functions run: no HTTP APIs."""
    lacking = EmulatorProxy(emulator_url, without=["apigateway", "events"])
    with lacking, pytest.raises(CloudError) as raised:
        made(tmp_path, lacking.url, told).start()
    message = str(raised.value)
    assert message.startswith(f"The emulator at {lacking.url} lacks what Darkroom needs: ")
    assert f"{HTTP_APIS} (The API for service apigateway is either not included" in message
    assert "EventBridge rules (The API for service events" in message
    assert f"{LAMBDA} (" in message  # moto's, that do nothing
    assert message.endswith("docs/emulators.md says what was tried with which emulator.")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not arrive is not waited for."""
    monkeypatch.setattr(trial, "ARRIVAL_SECONDS", 2.0)


def tried(url: str, *skip: str) -> Trial:
    found = Trial(of(url), url, [("127.0.0.1", 1)])
    found.run(skip=skip)
    return found


def test_functions_that_do_not_run_are_found_out_although_they_can_be_made(
    emulator_url: str,
) -> None:
    found = tried(emulator_url)
    assert [each.what for each in found.missing] == [LAMBDA]
    assert "a function made for a trial failed" in found.missing[0].reason
    assert (found.facts, found.api_url) == ({}, "")


def test_notifications_that_do_not_arrive_are_found_out(emulator_url: str, quick: None) -> None:
    def without_notifications(method: str, path: str, body: bytes) -> bytes | None:
        return None if method == "PUT" and "?notification" in path else body

    with EmulatorProxy(emulator_url, edit=without_notifications) as lacking:
        found = tried(lacking.url)
    assert [each.what for each in found.missing] == [S3, LAMBDA]
    assert "no notification of a new object arrived within 2 s" in found.missing[0].reason


def test_what_is_known_to_be_missing_is_not_tried(emulator_url: str) -> None:
    assert tried(emulator_url, LAMBDA, S3, MAPPINGS).missing == []


def test_a_trial_leaves_nothing_behind(emulator_url: str, client: Client) -> None:
    tried(emulator_url)
    left = [
        client("s3").list_buckets()["Buckets"],
        client("sqs").list_queues().get("QueueUrls", []),
        client("lambda").list_functions()["Functions"],
        client("lambda").list_layers()["Layers"],
        client("iam").list_roles()["Roles"],
        client("logs").describe_log_groups()["logGroups"],
    ]
    assert left == [[]] * len(left)


def test_a_long_answer_is_cut_and_stands_on_one_line() -> None:
    reason = services.reason(OSError("a\n" * 500))
    assert len(reason) == services.REASON + 1
    assert "\n" not in reason
