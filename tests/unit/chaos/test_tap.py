"""What stands between a function and AWS does what the fates have drawn, and nothing else."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import requests

from chaos.fates import OTHER, READ, SEND, SHARES, Fate, Fates
from chaos.tally import Tally
from chaos.tap import Tap
from localcloud.servers import LoopbackServer, Visit

TARGET = {"x-amz-target": "AmazonSQS.SendMessageBatch"}
BATCH = {"QueueUrl": "q", "Entries": [{"Id": "0", "MessageBody": "m"}, {"Id": "1"}]}


class Service(LoopbackServer):
    """Remembers what it is asked, and answers with it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, bytes]] = []
        super().__init__(self._visit())

    def _visit(service) -> type[Visit]:  # noqa: N805
        class Echo(Visit):
            def do_POST(self) -> None:  # noqa: N802
                body = self.body()
                service.seen.append((self.headers["host"], body))
                self.answer(200, body or b"whole", {"etag": "e"})

            do_GET = do_PUT = do_POST  # noqa: N815

        return Echo


@dataclass
class OneFate(Fates):
    """The same for every call."""

    fate: Fate = Fate.OBEYED

    def draw(self, function: str, service: str, kind: str) -> tuple[Fate, random.Random]:
        return self.fate, super().draw(function, service, kind)[1]


@dataclass
class Scene:
    service: Service
    killed: list[tuple[str, int]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    def call(self, fate: Fate, method: str = "POST") -> requests.Response | None:
        def kill(function: str, port: int) -> bool:
            self.killed.append((function, port))
            return True

        fates = OneFate(1, fate=fate)
        with Tap("recorder", self.service.url, fates, self.tally, kill) as tap:
            body, headers = (json.dumps(BATCH), TARGET) if method == "POST" else (None, {})
            try:
                return requests.request(method, tap.url, data=body, headers=headers, timeout=10)
            except requests.ConnectionError:
                return None

    def delays(self) -> list[list[int]]:
        bodies = [json.loads(body) for _, body in self.service.seen]
        return [[entry.get("DelaySeconds") for entry in body["Entries"]] for body in bodies]


@pytest.fixture
def scene() -> Iterator[Scene]:
    with Service() as service:
        yield Scene(service)


def test_an_obeyed_call_is_passed_on_as_it_is(scene: Scene) -> None:
    answer = scene.call(Fate.OBEYED)
    assert answer is not None
    assert (answer.status_code, answer.json(), answer.headers["etag"]) == (200, BATCH, "e")
    assert scene.tally.counts() == {}


def test_a_refused_call_never_arrives(scene: Scene) -> None:
    answer = scene.call(Fate.REFUSED)
    assert answer is not None
    assert (answer.status_code, scene.service.seen) == (500, [])


def test_an_unheard_call_arrives_although_it_seems_refused(scene: Scene) -> None:
    answer = scene.call(Fate.UNHEARD)
    assert answer is not None
    assert (answer.status_code, len(scene.service.seen)) == (500, 1)


def test_messages_sent_twice_arrive_twice_one_of_them_late(scene: Scene) -> None:
    scene.call(Fate.TWICE)
    late, prompt = scene.delays()
    assert prompt == [None, None]
    assert all(delay is not None for delay in late)


def test_late_messages_arrive_once_each_at_its_own_time(scene: Scene) -> None:
    scene.call(Fate.LATE)
    [late] = scene.delays()
    assert len(set(late)) == 2


@pytest.mark.parametrize(("fate", "arrived"), [(Fate.KILLED_BEFORE, 0), (Fate.KILLED_AFTER, 1)])
def test_a_function_is_killed_at_its_call(scene: Scene, fate: Fate, arrived: int) -> None:
    assert scene.call(fate) is None
    assert [function for function, _ in scene.killed] == ["recorder"]
    assert len(scene.service.seen) == arrived


def test_an_object_cut_in_half_still_tells_its_whole_length(scene: Scene) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="2 bytes read, 3 more"):
        scene.call(Fate.CUT, "GET")


def test_fates_are_drawn_by_the_calls_numbers() -> None:
    def drawn(seed: int) -> list[Fate]:
        fates = Fates(seed, calm=False)
        return [fates.draw("recorder", "sqs", SEND)[0] for _ in range(500)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert set(drawn(1)) == {Fate.OBEYED, *SHARES[SEND]}


def test_nothing_happens_while_it_is_calm_and_everything_is_refused_in_an_outage() -> None:
    fates = Fates(1)
    assert {fates.draw("ingest", "s3", OTHER)[0] for _ in range(200)} == {Fate.OBEYED}
    fates.calm = False
    fates.take_away("s3", 60)
    assert {fates.draw("ingest", "s3", READ)[0] for _ in range(50)} == {Fate.REFUSED}
    assert Fate.OBEYED in {fates.draw("ingest", "sqs", SEND)[0] for _ in range(50)}
