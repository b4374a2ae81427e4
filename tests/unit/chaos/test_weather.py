"""Faults that nobody's call brings about."""

from types import SimpleNamespace
from typing import Any, cast

from chaos.fates import READ, Fate, Fates
from chaos.tally import Tally
from chaos.weather import Fault, Kind, Weather


def weather(*faults: Fault, fetches: int = 0, cut: Any = None) -> tuple[Weather, Fates, Tally]:
    fates, tally = Fates(1), Tally()
    fates.calm = False
    database = SimpleNamespace(cut=cut)
    made = Weather(
        list(faults),
        fetches=lambda: fetches,
        workers=cast("Any", SimpleNamespace(of=lambda _: [])),
        database=cast("Any", database),
        fates=fates,
        tally=tally,
    )
    return made, fates, tally


def over(weather: Weather) -> None:
    weather.begin()
    weather._thread.join(60)
    assert weather.is_over


def test_a_fault_comes_after_its_fetches() -> None:
    made, fates, tally = weather(Fault(3, Kind.STORE_AWAY, seconds=60), fetches=3)
    over(made)
    assert fates.draw("ingest", "s3", READ)[0] is Fate.REFUSED
    assert tally.counts() == {("everybody", Kind.STORE_AWAY): 1}


def test_who_is_not_there_is_not_counted_as_killed() -> None:
    made, _, tally = weather(Fault(1, Kind.KILL, "recorder"), fetches=1)
    over(made)
    assert tally.counts() == {}


def test_a_campaign_that_is_broken_off_has_no_more_faults() -> None:
    made, _, tally = weather(Fault(1_000, Kind.STORE_AWAY, seconds=60))
    made.begin()
    made.end()
    assert made.is_over
    assert tally.counts() == {}


def test_a_server_that_does_not_come_again_is_told() -> None:
    def cut() -> None:
        raise OSError("no such server")

    made, _, _ = weather(Fault(1, Kind.CUT, "PostgreSQL"), fetches=1, cut=cut)
    over(made)
    assert isinstance(made.error, OSError)
