"""The simulation of webhooks, where its answer can be told without it."""

from collections.abc import Iterable

import pytest

from bench.webhook_claims import Claims, Delivery
from bench.webhook_fairness import simulate
from database.deliveries import SHARE
from outbound.client import POST_SECONDS

QUARTER = 900.0
"""Seconds of a run that is long enough for a flood to fill every notifier."""


def due(tenant: str, since: float) -> Delivery:
    return Delivery(tenant, tenant, since, since)


def scheduled(claims: Claims, deliveries: Iterable[Delivery]) -> Claims:
    for each in deliveries:
        claims.schedule(each)
    return claims


@pytest.mark.parametrize("at_once", [5, 20], ids=["dev", "prod"])
@pytest.mark.parametrize("rate", [4, 10, 50], ids=["4 a second", "10 a second", "50 a second"])
def test_others_wait_for_one_timeout_at_most(rate: float, at_once: int) -> None:
    waits = simulate(rate, fair=True, at_once=at_once, seconds=QUARTER)
    assert waits.never == 0
    assert waits.median < 1
    assert waits.longest <= POST_SECONDS


def test_so_they_do_where_each_request_of_the_flood_goes_to_another_host() -> None:
    waits = simulate(10, fair=True, at_once=5, hosts=10**6, seconds=QUARTER)
    assert waits.never == 0
    assert waits.longest <= POST_SECONDS


def test_without_fairness_they_wait_behind_the_flood() -> None:
    waits = simulate(10, fair=False, at_once=5, seconds=QUARTER)
    assert waits.median > 60
    assert waits.never > 0.1


def test_beside_a_trickle_nobody_waits_either_way() -> None:
    for fair in (False, True):
        waits = simulate(0.01, fair=fair, at_once=20, seconds=QUARTER)
        assert (waits.longest, waits.never) == (0, 0)


def test_each_tenant_has_its_share_of_a_claim_and_the_oldest_come_first() -> None:
    flood = [due("flood", n / 1000) for n in range(2 * SHARE)]
    quiet = due("quiet", 60.0)
    claims = scheduled(Claims(fair=True), [*flood, quiet])
    assert claims.claim_due(61.0, within=0, limit=500) == [flood[0], quiet, *flood[1:SHARE]]


def test_by_time_alone_one_tenant_has_all_of_a_claim() -> None:
    flood = [due("flood", n / 1000) for n in range(2 * SHARE)]
    claims = scheduled(Claims(fair=False), [*flood, due("quiet", 60.0)])
    assert claims.claim_due(61.0, within=0, limit=SHARE) == flood[:SHARE]


def test_a_silent_receiver_has_one_delivery_under_way_until_it_answers() -> None:
    claims = Claims(fair=True)
    first, second, third, fourth = (due("shop", 0.0) for _ in range(4))
    assert claims.claim(first, 0)
    claims.record(first, 15, answered=False)
    assert claims.claim(second, 15)
    assert not claims.claim(third, 15)
    assert third.due > 15 + 60
    claims.record(second, 30, answered=True)
    assert claims.claim(fourth, 30)
