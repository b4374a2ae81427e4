"""Sets the stage for a campaign, and plays it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from chaos import pictures, plan, weather
from chaos.campaign import Campaign
from chaos.client import Client
from chaos.cloudinary import Cloudinary
from chaos.database import DatabaseServer
from chaos.fates import BUSY_SHARE, Fates
from chaos.origin import Origin
from chaos.receiver import Receiver
from chaos.settling import settle
from chaos.sources import MANY
from chaos.submitting import submit, take_references
from chaos.tally import Tally
from chaos.tap import Tap
from chaos.weather import Weather
from chaos.wiring import FUNCTIONS, Deployment
from chaos.workers import Workers
from localcloud.cloud import LocalCloud
from localcloud.processes import Server, free_port
from localcloud.stack import Stack


@contextmanager
def run(
    root: Path, state: Path, *, seed: int, images: int, say: Callable[[str], None]
) -> Iterator[Campaign]:
    """Plays a campaign on a local cloud of its own, which is there until the block ends.

    Args:
        state: the cloud's folder.
        say: told what happens, a line at a time.

    Raises:
        CloudError, ApiGoneError, TimeoutError: it did not come to its end.
    """
    with Cloudinary() as cloudinary:
        cloud = LocalCloud(
            root,
            state=state,
            port=free_port(),
            cloudinary_url=cloudinary.url,
            stores="s3,cloudinary",
        )
        yield from _played(cloud, cloudinary, seed, images, say)


def _played(
    cloud: LocalCloud, cloudinary: Cloudinary, seed: int, images: int, say: Callable[[str], None]
) -> Iterator[Campaign]:
    try:
        stack = cloud.up()
        players = _players(stack, cloudinary, cloud.state, seed, images)
        with players as (campaign, fates, forecast):
            take_references(campaign)
            for fault in forecast.faults:
                say(f"  {fault}")
            with _taps(campaign, fates, forecast.workers):
                fates.calm = False
                forecast.begin()
                submit(campaign)
                settle(campaign, forecast, say)
                fates.calm = True
                yield campaign
    finally:
        cloud.down()


@contextmanager
def _players(
    stack: Stack, cloudinary: Cloudinary, state: Path, seed: int, images: int
) -> Iterator[tuple[Campaign, Fates, Weather]]:
    drawn = pictures.drawn()
    planned = plan.draw(seed, images, len(drawn))
    tally, fates = Tally(), Fates(seed, BUSY_SHARE if images >= MANY else 0.0)
    deployment = Deployment(stack)
    workers = Workers(Server(state / "emulator.json"), deployment.functions)
    cloudinary.fates, cloudinary.tally, cloudinary.kill = fates, tally, workers.kill_peer
    database = DatabaseServer(state, stack.database_url)
    client = Client(stack.api_url, stack.api_key)
    hooks = {job.hook.path: job.hook for job in planned.jobs if job.hook}
    with ExitStack() as players:
        origin = players.enter_context(
            Origin(drawn, tally, lambda port: workers.kill_peer("processor", port))
        )
        receiver = players.enter_context(Receiver(client.webhook_secret(), hooks, tally))
        players.callback(origin.closing.set)
        players.callback(receiver.closing.set)
        for job in planned.jobs:
            origin.add({image.name: image for image in job.images})
        campaign = Campaign(
            plan=planned,
            stack=stack,
            client=client,
            database=database,
            deployment=deployment,
            origin=origin,
            receiver=receiver,
            cloudinary=cloudinary,
            tally=tally,
        )
        forecast = Weather(
            weather.draw(seed, images),
            fetches=lambda: origin.fetches,
            workers=workers,
            database=database,
            fates=fates,
            tally=tally,
        )
        players.callback(forecast.end)  # it would start a database again that is to go
        yield campaign, fates, forecast


@contextmanager
def _taps(campaign: Campaign, fates: Fates, workers: Workers) -> Iterator[None]:
    upstream = campaign.stack.aws_endpoint_url
    with ExitStack() as opened:
        taps = {
            name: opened.enter_context(
                Tap(name, upstream, fates, campaign.tally, workers.kill_peer)
            )
            for name in FUNCTIONS
        }
        campaign.deployment.divert({name: tap.url for name, tap in taps.items()})
        campaign.deployment.hurry()
        yield
