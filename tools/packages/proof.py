"""The proof as a whole: publish, hold to the rules, import as another user, send a job through."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infra import bundling
from infra.bundling import Target
from localcloud.cdk import Cdk
from localcloud.emulator import Emulator
from localcloud.postgres import Postgres
from localcloud.processes import free_port
from packages import checkout, contents, interpreter, requirements, rules, runtime
from packages.contents import Archive, Package
from packages.interpreter import LAMBDAS_VERSION
from packages.journey import Journey
from packages.publish import Published, Synthesis
from packages.room import room
from packages.room.room import Room
from packages.surroundings import Services

CLOSED = 0o077
"""The umask of somebody whose files are nobody else's business: the least that a zip is to bear."""

NOWHERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
"""For functions that are only imported: they must call nobody, least of all AWS."""


@dataclass(frozen=True)
class Figures:
    """One function in numbers: bytes with its layers, and seconds that its import takes here."""

    name: str
    zipped: int
    unzipped: int
    layers: int
    import_seconds: float | None


@dataclass
class Proof:
    """What was found."""

    problems: list[str] = field(default_factory=list)
    not_proved: list[str] = field(default_factory=list)
    """What this machine could not show, in sentences."""
    figures: list[Figures] = field(default_factory=list)


class Bench:
    """The emulator and the folder that proofs are made with."""

    def __init__(self, root: Path, folder: Path, report: Callable[[str], None]) -> None:
        """
        Args:
            root: the checkout, with its environments made.
            folder: for the emulator, PostgreSQL, and everything that is written.
            report: told what is done, a line at a time.
        """
        self.root = root
        self.work = folder / "proof"
        self.report = report
        self.python = interpreter.find(root)
        self.entered = room.can_be_entered()
        self._folder = folder
        self._emulator = Emulator(root, folder, port=free_port())

    @property
    def endpoint_url(self) -> str:
        return self._emulator.endpoint_url

    @contextmanager
    def ready(self) -> Iterator["Bench"]:
        """Runs the emulator, prepared as an account for deploys with CDK."""
        if self.work.exists():
            room.delete(self.work)
        self.work.mkdir(parents=True)
        self._emulator.start()
        try:
            Cdk(self.root, self._folder).bootstrap(self.endpoint_url)
            yield self
        finally:
            self._emulator.stop()
            for each in self.work.glob("*/room"):
                room.delete(each)

    def as_it_is(self) -> Published:
        """What a deploy from this checkout would upload."""
        self.report("Publishing the packages of this checkout …")
        synthesis = Synthesis(self.root, self.root, self.python)
        return synthesis.publish(self.endpoint_url, self.work / "as-it-is")

    def of_a_closed_copy(self, *, downloaded: bool) -> Published:
        """What a deploy would upload from a fresh checkout of somebody with umask 077, elsewhere.

        Args:
            downloaded: third-party packages afresh, because a cache keeps the modes that its files
                were made with. Takes a network connection and a minute.
        """
        self.report("Publishing the packages of a fresh copy under umask 077 …")
        copy = checkout.copy(self.root, self.work / "copy", umask=CLOSED)
        environment = {"TZ": "Pacific/Chatham", "LC_ALL": "C", "PYTHONHASHSEED": "1"}
        if downloaded:
            environment["UV_CACHE_DIR"] = str(self.work / "uv")
        synthesis = Synthesis(copy, self.root, self.python, umask=CLOSED, environment=environment)
        return synthesis.publish(self.endpoint_url, self.work / "closed")

    def prove(self, published: Published, *, journey: bool) -> Proof:
        """Holds packages to the rules, imports them, and with ``journey`` sends a job through."""
        proof = Proof(not_proved=list(self._not_proved()))
        for_aws, for_here = contents.for_aws(published), contents.for_here(published)
        self.report("Holding them to Lambda's rules …")
        proof.problems += self._of_archives(contents.archives(for_aws), bundling.LAMBDA)
        proof.problems += [each for package in for_aws for each in rules.of_package(package)]
        if published.here:
            here = {layer.path: layer for each in for_here for layer in each.layers}
            proof.problems += self._of_archives(here.values(), self._target())
        told = self._imported(published, for_here, proof) if self.python.platform else {}
        proof.figures = [_figures(each, told.get(each.name)) for each in for_aws]
        if journey and self.python.platform:
            proof.problems += self._journey(published, for_here)
        return proof

    def _of_archives(self, archives: Iterable[Archive], target: Target) -> Iterator[str]:
        ours = target.python == self.python.version
        place = rules.Place(
            target=target,
            magic=self.python.magic if ours else None,
            foreign=(str(self.root), str(self.work)),
        )
        for archive in archives:
            yield from rules.of_archive(archive, place)

    def _imported(
        self, published: Published, packages: list[Package], proof: Proof
    ) -> dict[str, float]:
        """Notes what is wrong; the seconds that imports took, by function."""
        self.report("Importing every handler as another user …")
        place = self._room(published)
        place.unzip(packages)
        told = {}
        for package in packages:
            own = contents.sources(self.root, package)
            settings = contents.settings(package) | NOWHERE
            answer = place.run(package, settings, checks=True, own=own)
            proof.problems += [f"function {package.name} {each}." for each in answer["problems"]]
            proof.problems += requirements.complaints(
                package.name, place.libraries(package), self._target()
            )
            if "import_seconds" in answer:
                told[package.name] = answer["import_seconds"]
        return told

    def _journey(self, published: Published, packages: list[Package]) -> list[str]:
        self.report("Sending a job through all of them …")
        postgres = Postgres(self._folder / "postgres", durable=False)
        postgres.start()
        try:
            services = Services.make(self.endpoint_url, postgres.recreate("packages"))
            by_name = {each.name: each for each in packages}
            journey = Journey(self.root, self._room(published), by_name, services)
            journey.run()
        finally:
            postgres.stop()
        return journey.problems

    def _room(self, published: Published) -> Room:
        folder = published.zips.parent / "room"
        place = Room(folder, self.python, self.entered)
        if not folder.exists():
            place.build(runtime.install(self.root, self.python))
        return place

    def _target(self) -> Target:
        """Of what is imported here."""
        return Target(python=self.python.version, platform=self.python.platform)

    def _not_proved(self) -> Iterator[str]:
        if self.python.platform is None:
            yield "Nothing was imported: only Linux runs what is made for Lambda."
            return
        if self.python.platform != bundling.LAMBDA.platform:
            yield (
                f"The layers for AWS, {bundling.LAMBDA.platform}, were held to the rules but not "
                f"imported here; the same were built and imported for {self.python.platform}."
            )
        if not self.python.is_lambdas:
            yield (
                f"Imports ran on Python {self.python.version}: this machine has no "
                f"{LAMBDAS_VERSION}, so that layers are not compiled and start slower."
            )
        if not self.entered:
            yield (
                "Imports ran as this user with this machine's files in reach: only root may become "
                "another user in another root. Permissions were read from the zips alone."
            )


def _figures(package: Package, seconds: float | None) -> Figures:
    return Figures(
        name=package.name,
        zipped=sum(each.zipped for each in package.archives),
        unzipped=package.unzipped,
        layers=len(package.layers),
        import_seconds=seconds,
    )
