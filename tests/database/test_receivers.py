"""Receivers that are silent get one delivery at a time, and lose none of the others."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from bench.stress.statistics import Statistics
from database import deliveries, receivers, redeliveries, tenants
from database.connection import OPTIONS, Connection
from database.deliveries import LEASE, Due

HOOK = "https://shop.example/hook"
STALL = timedelta(seconds=30)
"""May pass on a busy machine between a claim and a look at it."""
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

Opened = Callable[..., UUID]


@pytest.fixture
def opened(connection: Connection, tenant_id: UUID) -> Opened:
    """Makes a job with a delivery that is due; its id."""

    def make(url: str = HOOK, *, of: UUID = tenant_id, connection: Connection = connection) -> UUID:
        [(delivery_id,)] = connection.execute(
            """
            WITH job AS (
                INSERT INTO jobs (tenant_id, options, upload_expires_at)
                VALUES (%(tenant_id)s, '{}', now()) RETURNING job_id
            )
            INSERT INTO deliveries (job_id, tenant_id, event, url, body)
            SELECT job_id, %(tenant_id)s, 'job.completed', %(url)s, '{}' FROM job
            RETURNING delivery_id
            """,
            {"tenant_id": of, "url": url},
        ).fetchall()
        return UUID(str(delivery_id))

    return make


def ids(due: list[Due]) -> set[UUID]:
    return {each.delivery_id for each in due}


def claim(connection: Connection) -> set[UUID]:
    return ids(deliveries.claim_due(connection, limit=500))


def claim_its_job(connection: Connection, delivery_id: UUID) -> set[UUID]:
    """As whoever opens it, or asks for it to be sent again, does."""
    job_id = row(connection, delivery_id)["job_id"]
    return ids(deliveries.claim_of_jobs(connection, [job_id]))


def row(connection: Connection, delivery_id: UUID) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            """
            SELECT *, next_attempt_at - now() AS pause FROM deliveries WHERE delivery_id = %s
            """,
            [delivery_id],
        ).fetchone()
    assert found is not None
    return found


def silent(connection: Connection, delivery_id: UUID) -> None:
    """An attempt that was left unanswered is reported. It is not due again for a day."""
    connection.execute(
        """
        UPDATE deliveries SET attempts = attempts + 1, queued_until = NULL,
                              next_attempt_at = now() + interval '1 day'
        WHERE delivery_id = %s
        """,
        [delivery_id],
    )
    receivers.note(connection, silent=[delivery_id], answered=[])


def answered(connection: Connection, delivery_id: UUID) -> None:
    connection.execute(
        """
        UPDATE deliveries SET status = 'delivered', attempts = attempts + 1, queued_until = NULL,
                              next_attempt_at = NULL
        WHERE delivery_id = %s
        """,
        [delivery_id],
    )
    receivers.note(connection, silent=[], answered=[delivery_id])


def known(connection: Connection) -> list[str]:
    hosts = connection.execute("SELECT host FROM silent_receivers ORDER BY host").fetchall()
    return [host for (host,) in hosts]


def age(connection: Connection, by: timedelta) -> None:
    """Lets time pass for what is known of receivers, and for when deliveries are due."""
    connection.execute(
        """
        UPDATE silent_receivers SET silent_since = silent_since - %(by)s,
            reported_at = reported_at - %(by)s, probe_at = probe_at - %(by)s
        """,
        {"by": by},
    )
    connection.execute(
        """
        UPDATE deliveries SET
            created_at = created_at - %(by)s, restarted_at = restarted_at - %(by)s,
            next_attempt_at = next_attempt_at - %(by)s, queued_until = queued_until - %(by)s
        """,
        {"by": by},
    )


def silence(connection: Connection, opened: Opened, lasts: timedelta) -> UUID:
    """A receiver that has been silent for so long, by the last report, a moment ago."""
    first = opened()
    silent(connection, first)
    connection.execute(
        "UPDATE silent_receivers SET silent_since = reported_at - %s, probe_at = now()", [lasts]
    )
    return first


def test_one_delivery_at_a_time_and_the_others_keep_their_tries(
    connection: Connection, opened: Opened
) -> None:
    silent(connection, opened())
    waiting = [opened() for _ in range(5)]
    [probe] = claim(connection)
    assert probe == waiting[0]  # the oldest
    for each in waiting[1:]:
        postponed = row(connection, each)
        assert (postponed["status"], postponed["attempts"]) == ("pending", 0)
        assert postponed["queued_until"] is None
        assert MINUTE - STALL < postponed["pause"] <= 2 * MINUTE
    assert claim(connection) == set()
    age(connection, 2 * MINUTE)  # all are due again, and the probe is under way
    assert claim(connection) == set()
    assert claim_its_job(connection, opened()) == set()


def test_once_a_probe_is_answered_all_others_are_sent(
    connection: Connection, opened: Opened
) -> None:
    silent(connection, opened())
    probe, *others = [opened() for _ in range(5)]
    assert claim(connection) == {probe}
    answered(connection, probe)
    fresh = opened()
    assert claim_its_job(connection, fresh) == {fresh}
    age(connection, 2 * MINUTE)
    assert claim(connection) == set(others)


def test_if_a_probe_is_lost_another_one_follows(connection: Connection, opened: Opened) -> None:
    silent(connection, opened())
    assert len(claim(connection) | claim_its_job(connection, opened())) == 1
    age(connection, LEASE)
    assert len(claim(connection)) == 1


@pytest.mark.parametrize(
    ("lasts", "pause"),
    [(10 * MINUTE, 2.5 * MINUTE), (timedelta(days=3), 5 * MINUTE)],
    ids=["for 10 minutes", "for 3 days"],
)
def test_probes_come_the_more_seldom_the_longer_it_is_silent(
    connection: Connection, opened: Opened, lasts: timedelta, pause: timedelta
) -> None:
    first = silence(connection, opened, lasts)
    silent(connection, first)  # and once more
    [(lasted, until)] = connection.execute(
        "SELECT reported_at - silent_since, probe_at - reported_at FROM silent_receivers"
    ).fetchall()
    assert lasted >= lasts
    assert until == min(lasted / 4, 5 * MINUTE)
    assert until >= pause
    assert claim_its_job(connection, opened()) == set()
    age(connection, until)
    assert claim_its_job(connection, late := opened()) == {late}


@pytest.mark.parametrize(
    ("lasts", "least"),
    [
        (timedelta(0), MINUTE),
        (10 * MINUTE, 10 * MINUTE),
        (timedelta(days=3), 30 * MINUTE),
    ],
    ids=["at first", "for 10 minutes", "for 3 days"],
)
def test_others_are_postponed_for_as_long_as_it_was_silent(
    connection: Connection, opened: Opened, lasts: timedelta, least: timedelta
) -> None:
    silence(connection, opened, lasts)
    opened()
    others = [opened() for _ in range(20)]
    assert len(claim(connection)) == 1
    pauses = [row(connection, each)["pause"] for each in others]
    assert all(least - STALL < each <= 2 * least for each in pauses)
    assert max(pauses) - min(pauses) > least / 10  # they do not come back all at once


def test_what_is_due_soon_is_not_postponed_to_a_time_before_it_is_due(
    connection: Connection, opened: Opened
) -> None:
    silent(connection, opened())
    assert len(claim_its_job(connection, opened())) == 1
    soon = opened()
    connection.execute(
        "UPDATE deliveries SET next_attempt_at = now() + interval '50 s' WHERE delivery_id = %s",
        [soon],
    )
    before = row(connection, soon)
    assert deliveries.claim_of_jobs(connection, [before["job_id"]], within=MINUTE) == []
    assert row(connection, soon)["next_attempt_at"] > before["next_attempt_at"]


@pytest.mark.parametrize(
    "url",
    ["https://SHOP.example/other?x=1", "https://shop.example", "http://shop.example/hook"],
    ids=["another path", "no path", "another scheme"],
)
def test_a_receiver_is_a_host_whatever_the_rest_of_the_address(
    connection: Connection, opened: Opened, url: str
) -> None:
    silent(connection, opened())
    assert len(claim_its_job(connection, opened())) == 1
    assert claim_its_job(connection, opened(url)) == set()


@pytest.mark.parametrize(
    "url",
    ["https://shop.example:8443/hook", "https://other.example/hook", "not a url"],
    ids=["another port", "another host", "no address at all"],
)
def test_other_receivers_of_the_tenant_are_left_alone(
    connection: Connection, opened: Opened, url: str
) -> None:
    silent(connection, opened())
    others = {opened(url) for _ in range(3)}
    opened(), opened()
    assert others < claim(connection)


def test_the_same_host_is_another_receiver_for_another_tenant(
    connection: Connection, opened: Opened
) -> None:
    silent(connection, opened())
    other = tenants.ensure(connection, name="other", webhook_secret="whsec_c2VjcmV0")
    theirs = {opened(of=other) for _ in range(3)}
    assert claim(connection) == theirs
    answered(connection, theirs.pop())
    assert known(connection) == ["shop.example"]


def test_a_name_that_is_longer_than_any_host_is_none_the_less_noted(
    connection: Connection, opened: Opened
) -> None:
    silent(connection, opened("https://" + "ü" * 5_000 + "/hook"))
    assert [len(each) for each in known(connection)] == [300]


@pytest.mark.parametrize("tried", [False, True], ids=["never tried", "tried before"])
def test_what_a_user_sends_again_is_sent_at_once(
    connection: Connection, opened: Opened, tenant_id: UUID, *, tried: bool
) -> None:
    probe, delivery_id = opened(), opened()
    if tried:
        silent(connection, delivery_id)
    silence(connection, opened, HOUR)
    assert claim(connection) == {probe}
    assert row(connection, delivery_id)["pause"] > MINUTE
    redeliveries.begin(connection, delivery_id, tenant_id=tenant_id)
    assert claim_its_job(connection, delivery_id) == {delivery_id}
    age(connection, LEASE)  # its message was lost
    assert delivery_id in claim(connection)
    silent(connection, delivery_id)  # then its schedule goes on as that of any other
    connection.execute("UPDATE silent_receivers SET probe_at = now() + interval '5 min'")
    age(connection, timedelta(days=1))
    connection.execute("UPDATE silent_receivers SET probe_at = now() + interval '5 min'")
    assert claim(connection) == set()


def test_what_waits_for_days_for_a_receiver_that_stays_silent_is_given_up(
    connection: Connection, opened: Opened, tenant_id: UUID
) -> None:
    old, sent_again, young = opened(), opened(), opened()
    connection.execute(
        "UPDATE deliveries SET created_at = now() - interval '4 days 1 min'"
        " WHERE delivery_id <> %s",
        [young],
    )
    silence(connection, opened, timedelta(days=4, minutes=1))
    connection.execute("UPDATE silent_receivers SET probe_at = now() + interval '5 min'")
    redeliveries.begin(connection, sent_again, tenant_id=tenant_id)
    assert claim(connection) == {sent_again}
    silent(connection, sent_again)
    connection.execute(
        "UPDATE deliveries SET next_attempt_at = now() WHERE delivery_id = %s", [sent_again]
    )
    assert claim(connection) == set()
    given_up = row(connection, old)
    assert (given_up["status"], given_up["next_attempt_at"]) == ("failed", None)
    assert row(connection, young)["status"] == "pending"
    assert row(connection, sent_again)["status"] == "pending"


def test_nothing_is_given_up_for_a_silence_that_nobody_has_watched(
    connection: Connection, opened: Opened
) -> None:
    first = opened()
    silent(connection, first)
    old = opened()
    age(connection, timedelta(days=9))  # in which nobody sent anything
    silent(connection, first)
    connection.execute("UPDATE silent_receivers SET probe_at = now() + interval '5 min'")
    assert claim(connection) == set()
    assert row(connection, old)["status"] == "pending"


def test_a_receiver_that_is_no_longer_asked_is_forgotten(
    connection: Connection, opened: Opened
) -> None:
    silent(connection, opened())
    age(connection, receivers.REMEMBERED - MINUTE)
    receivers.forget(connection)
    assert known(connection) == ["shop.example"]
    age(connection, 2 * MINUTE)
    receivers.forget(connection)
    assert known(connection) == []


def test_what_was_postponed_is_due_again_before_its_receiver_is_forgotten() -> None:
    assert 2 * receivers.LONGEST_POSTPONEMENT < receivers.REMEMBERED


def test_many_at_once_send_one_probe(
    connection: Connection, database_url: str, opened: Opened
) -> None:
    """As many as the recorders, finishers and ingests of a large stage."""
    silent(connection, opened())
    for _ in range(10):
        waiting = [opened() for _ in range(8)]
        start = threading.Barrier(len(waiting))

        def claim_one(delivery_id: UUID, start: threading.Barrier = start) -> set[UUID]:
            with psycopg.connect(database_url, autocommit=True) as own:
                start.wait()
                return claim_its_job(own, delivery_id)

        with ThreadPoolExecutor(len(waiting)) as pool:
            claimed = set().union(*pool.map(claim_one, waiting))
        assert len(claimed) == 1
        silent(connection, claimed.pop())
        connection.execute("UPDATE silent_receivers SET probe_at = now()")


def test_reports_and_claims_at_once_never_wait_for_each_other_in_a_circle(
    connection: Connection, database_url: str, opened: Opened
) -> None:
    """PostgreSQL would end one of them with an error."""
    found = [opened(f"https://{n}.example") for n in range(12) for _ in range(2)]
    start = threading.Barrier(4)

    def work(seed: int) -> None:
        chance = random.Random(seed)
        with psycopg.connect(database_url, autocommit=True) as own:
            start.wait()
            for _ in range(150):
                some = chance.sample(found, 10)
                match chance.randrange(3):
                    case 0:
                        receivers.note(own, silent=some[:8], answered=some[8:])
                    case 1:
                        deliveries.claim_due(own, limit=20)
                    case _:
                        own.execute(
                            "UPDATE deliveries SET queued_until = NULL, next_attempt_at = now()"
                            " WHERE delivery_id = %s",
                            [some[0]],
                        )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    ended = connection.execute(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    assert ended.fetchall() == [(0,)]


def read(connection: Connection, query: LiteralString, arguments: dict[str, Any]) -> float:
    """Rows that a statement reads from its tables, thrown away or not."""

    def of(plan: dict[str, Any]) -> float:
        mine = 0.0
        if "Relation Name" in plan and plan["Node Type"] != "ModifyTable":
            removed = plan.get("Rows Removed by Filter", 0)
            mine = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
        return mine + sum(of(each) for each in plan.get("Plans", []))

    with connection.transaction(force_rollback=True):
        explained = connection.execute("EXPLAIN (ANALYZE, FORMAT JSON)" + query, arguments)
        [[found]] = explained.fetchall()
    return of(found[0]["Plan"])


def test_of_many_receivers_only_those_that_are_asked_for_are_looked_up(
    database_url: str, tenant_id: UUID, opened: Opened
) -> None:
    """As if somebody had named another host for each of a flood of webhooks."""
    asked = [opened(f"https://{n}.example/hook") for n in range(100)]
    arguments: dict[str, Any] = {
        "delivery_ids": asked,
        "lease": LEASE,
        "share": receivers.PROBE_SHARE,
        "shortest": receivers.SHORTEST_POSTPONEMENT,
        "longest": receivers.LONGEST_POSTPONEMENT,
        "given_up": receivers.GIVEN_UP_AFTER,
        "remembered": receivers.REMEMBERED,
    }
    with psycopg.connect(database_url, autocommit=True, options=OPTIONS) as guarded:
        guarded.execute("ALTER TABLE silent_receivers SET (autovacuum_enabled = off)")
        guarded.execute("ANALYZE")
        known = [Statistics.none(), Statistics.of(guarded)]
        guarded.execute(
            "INSERT INTO silent_receivers (tenant_id, host)"
            " SELECT %s, n || '.example' FROM generate_series(0, 20000) AS n",
            [tenant_id],
        )
        guarded.execute("ANALYZE")
        fresh = Statistics.of(guarded)
        for statistics in (*known, fresh, *map(fresh.made_up, range(20))):
            statistics.apply(guarded)
            for query in (receivers.NOTE_SILENT, receivers.NOTE_ANSWERED, receivers.HOLD_BACK):
                assert read(guarded, query, arguments) < 10 * len(asked)
