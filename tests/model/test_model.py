"""The data zone and the notifier, held against their promises while everything goes wrong.

A state machine of Hypothesis plays the users, the clock, and a world that loses, doubles, delays
and reorders messages, ends processes, cuts connections, and lets others be quicker. The functions
are the real ones, and so is PostgreSQL.

    HYPOTHESIS_PROFILE=long pytest tests/model     # for as long as one likes
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pipeline.errors import ImageErrorCode
from tests.model import meanwhile, promises, users
from tests.model.cloud import Message
from tests.model.faults import Fault, Kind
from tests.model.receiver import ANSWERS
from tests.model.world import World

URLS = ("https://a.example/1", "https://a.example/2", "https://a.example/3", "https://a.example/4")
CELLS = st.lists(st.sampled_from([*URLS, *URLS, "nope"]), min_size=1, max_size=3).map(" ".join)
ROWS = st.tuples(st.sampled_from(["Cup", "Jug", "Pot"]), CELLS)
BAD_ROWS = st.sampled_from([("", URLS[0]), ("Pan", ""), ("Lid", "nope nope")])
FILES = st.lists(ROWS | ROWS | BAD_ROWS, min_size=1, max_size=4).map(
    lambda rows: "".join(["name,images\r\n", *(f"{a},{b}\r\n" for a, b in rows)]).encode()
)
BAD_FILES = st.sampled_from(
    [b"name,images\r\n", b"name,picture\r\nCup,x\r\n", b'name,images\r\nCup,"x']
)

OFTEN = st.sampled_from([True, True, True, False])
SELDOM = st.sampled_from([False, False, False, True])
FAULTS = st.none() | st.builds(
    Fault,
    kind=st.sampled_from(Kind),
    after=st.integers(0, 60),
    meanwhile=st.sampled_from(meanwhile.ACTS + meanwhile.WORKS),
)
PICKS = st.lists(st.integers(0, 20), min_size=1, max_size=4)
CODES = st.lists(
    st.sampled_from([ImageErrorCode.TIMEOUT, ImageErrorCode.NOT_FOUND, None, None]),
    min_size=1,
    max_size=3,
)
ANSWERED = st.lists(st.sampled_from(sorted(ANSWERS)), min_size=1, max_size=5)
PAUSES = st.sampled_from(
    [
        timedelta(seconds=1),
        timedelta(seconds=6),
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=11),
        timedelta(minutes=20),
        timedelta(hours=2),
        timedelta(hours=5),
        timedelta(hours=26),
    ]
)


def choosing(picks: Sequence[int]) -> Callable[[list[Message]], Sequence[Message]]:
    """Takes messages in an order of its own."""

    def choose(waiting: list[Message]) -> Sequence[Message]:
        places = dict.fromkeys(pick % len(waiting) for pick in picks)
        return [waiting[place] for place in places]

    return choose


class Machine(RuleBasedStateMachine):
    """What may happen, in any order."""

    def __init__(self, new_world: Callable[[], World]) -> None:
        super().__init__()
        self.world = new_world()

    @initialize(content=FILES)
    def submit_one(self, content: bytes) -> None:
        users.submit(self.world, content, webhook=True, presigned=False)

    @rule(content=FILES | FILES | FILES | BAD_FILES, webhook=OFTEN, presigned=SELDOM, fault=FAULTS)
    @precondition(lambda self: len(self.world.uploads) < 3)
    def submit(
        self, content: bytes, *, webhook: bool, presigned: bool, fault: Fault | None
    ) -> None:
        meanwhile.arm(self.world, fault)
        users.submit(self.world, content, webhook=webhook, presigned=presigned)

    @rule(number=st.integers(0, 5))
    @precondition(lambda self: self.world.uploads)
    def upload(self, number: int) -> None:
        uploads = list(self.world.uploads)
        users.upload(self.world, uploads[number % len(uploads)])

    @rule(name=st.sampled_from(meanwhile.WORKS), picks=PICKS, codes=CODES, fault=FAULTS)
    def work(
        self, name: str, picks: list[int], codes: list[ImageErrorCode | None], fault: Fault | None
    ) -> None:
        """Some messages of one queue, in an order of their own."""
        self.world.processor.codes = codes
        meanwhile.arm(self.world, fault)
        self.world.work(name, choosing(picks))

    @rule(rounds=st.integers(1, 4), codes=CODES, fault=FAULTS)
    def flow(self, rounds: int, codes: list[ImageErrorCode | None], fault: Fault | None) -> None:
        """The messages of all queues, in the order of the flow."""
        self.world.processor.codes = codes
        meanwhile.arm(self.world, fault)
        for _ in range(rounds):
            for name in meanwhile.WORKS:
                self.world.work(name, lambda waiting: waiting[:10])

    @rule(picks=PICKS, answers=ANSWERED, pause=PAUSES)
    def attempts(self, picks: list[int], answers: list[str], pause: timedelta) -> None:
        """Several in a row, so that deliveries get far in their schedule."""
        for answer in answers:
            self.world.receiver.answer = ANSWERS[answer]
            self.world.work("deliveries", choosing(picks))
            self.world.work("outcomes", choosing(picks))
            self.world.clock.advance(pause)
            self.world.janitor()

    @rule(answer=st.sampled_from(sorted(ANSWERS)))
    def receiver_changes(self, answer: str) -> None:
        self.world.receiver.answer = ANSWERS[answer]

    @rule(fault=FAULTS)
    def janitor(self, fault: Fault | None) -> None:
        meanwhile.arm(self.world, fault)
        self.world.janitor()

    @rule(pause=PAUSES)
    def wait(self, pause: timedelta) -> None:
        self.world.clock.advance(pause)

    @rule(name=st.sampled_from(meanwhile.WORKS), pick=st.integers(0, 20), is_lost=st.booleans())
    def lose_or_double(self, name: str, pick: int, *, is_lost: bool) -> None:
        messages = self.world.sqs.queues[name].messages
        if messages and is_lost:
            del messages[pick % len(messages)]
        elif messages:
            self.world.sqs.double(name, messages[pick % len(messages)])

    @rule(pick=st.integers(0, 5), seldom=SELDOM, fault=FAULTS)
    def cancel(self, pick: int, *, seldom: bool, fault: Fault | None) -> None:
        meanwhile.arm(self.world, fault)
        found = self.world.job_ids()
        if found and seldom:
            users.cancel(self.world, found[pick % len(found)])

    @rule(pick=st.integers(0, 5), fault=FAULTS)
    def retry(self, pick: int, fault: Fault | None) -> None:
        found = self.world.rows("SELECT job_id FROM jobs WHERE images_failed > 0 ORDER BY job_id")
        meanwhile.arm(self.world, fault)
        if found:
            users.retry(self.world, found[pick % len(found)]["job_id"])

    @rule(pick=st.integers(0, 5), fault=FAULTS)
    def redeliver(self, pick: int, fault: Fault | None) -> None:
        found = self.world.rows("SELECT delivery_id FROM deliveries ORDER BY delivery_id")
        meanwhile.arm(self.world, fault)
        if found:
            users.redeliver(self.world, found[pick % len(found)]["delivery_id"])

    @rule(fault=FAULTS)
    def rotate(self, fault: Fault | None) -> None:
        meanwhile.arm(self.world, fault)
        users.rotate(self.world)

    @invariant()
    def everything_holds(self) -> None:
        meanwhile.arm(self.world, None)  # nothing goes wrong while we look
        promises.hold_always(self.world)

    def teardown(self) -> None:
        try:
            promises.settle(self.world)
            promises.hold_in_the_end(self.world)
        finally:
            self.world.close()


def test_whatever_happens_every_promise_holds(new_world: Callable[[], World]) -> None:
    class OverOneDatabase(Machine):
        def __init__(self) -> None:
            super().__init__(new_world)

    run_state_machine_as_test(OverOneDatabase, settings=_settings())


def _settings() -> settings:
    """Few examples in the suite, as each takes a second; those of the profile in a long run."""
    if settings.get_current_profile_name() == "long":
        return settings()
    return settings(max_examples=30, stateful_step_count=40)
