"""A short fault campaign on a local cloud of its own: its faults would disturb other tests."""

from chaos import checks
from chaos.fates import Fate
from chaos.stage import run
from chaos.weather import Kind
from tests.cloud import ROOT, own_state

SEED, IMAGES = 99, 80
"""So few images that the processor is spared: killed, its messages take a minute and a half to come
again. `make chaos` kills it too."""


def test_every_promise_is_kept_while_everything_around_breaks() -> None:
    with (
        own_state("chaos") as state,
        run(ROOT, state, seed=SEED, images=IMAGES, say=print) as campaign,
    ):
        assert list(checks.breaches(campaign)) == []
    injected = campaign.tally.counts()
    weather = set(Kind) - {Kind.KILL, Kind.FREEZE}  # these two find nobody at home now and then
    assert weather <= {what for _, what in injected}
    assert {Fate.TWICE, Fate.LATE, Fate.REFUSED} <= {what for _, what in injected}
    assert {"sources", "receivers"} <= {where for where, _ in injected}
