"""The five work queues. A queue here is a queue with its dead letters, made for one consumer."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IDependable

from infra.concurrency import LEAST
from infra.settings import SIZES, Stage

VISIBILITY = 6
"""Times the consumer's timeout, and the batching window on top. AWS asks for it: Lambda retries
throttled batches for as long."""

KEPT = Duration.days(14)
"""The longest that SQS allows: a consumer that is away for days is late and loses nothing."""

RECEIVES = 20
"""Receives until a message is dead, over two hours where runs fail at once
(``pipeline/redelivery.py``): a database that is away must not turn work into dead letters. AWS asks
for at least 5, because throttling counts too."""


class WorkQueue(Construct):
    """One queue and its dead-letter queue.

    Args:
        name: as in the design, ``images``; the dead letters are ``images-dead``.
        consumer: the function that it triggers; its timeout decides the visibility.
        dead_consumer: the function that the dead letters trigger, if they do not wait for a human.
        window: seconds that the consumer waits for a full batch.
        receives: times a message is handed out before it is dead.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        consumer: str,
        dead_consumer: str | None = None,
        window: int = 0,
        receives: int = RECEIVES,
    ) -> None:
        super().__init__(scope, name.capitalize())
        self.name = name
        self._window = window
        self.dead = self._queue("Dead", hidden(dead_consumer or consumer), None)
        self.main = self._queue(
            "Queue",
            hidden(consumer, window),
            sqs.DeadLetterQueue(queue=self.dead, max_receive_count=receives),
        )

    @property
    def url(self) -> str:
        return self.main.queue_url

    @property
    def arn(self) -> str:
        return self.main.queue_arn

    def accepts(self, *senders: lambda_.IFunction) -> None:
        """Lets the functions send, and nothing else."""
        for sender in senders:
            self.main.grant(sender, "sqs:SendMessage")

    def accepts_dead_letters(self, sender: lambda_.IFunction) -> None:
        """Lets a function put messages aside by itself."""
        self.dead.grant(sender, "sqs:SendMessage")

    def shows_its_length(self, *readers: lambda_.IFunction) -> None:
        """Lets the functions ask how many messages wait."""
        for reader in readers:
            self.main.grant(reader, "sqs:GetQueueAttributes")

    def accept_from_s3(self) -> IDependable:
        """Lets this account's buckets send; returns what must exist before they are told to."""
        self.main.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Notifications",
                principals=[iam.ServicePrincipal("s3.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.arn],
                # Naming the bucket would close a circle: the bucket names this queue.
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        return self.main.node.find_child("Policy")

    def triggers(
        self,
        function: lambda_.IFunction,
        *,
        batch: int,
        at_once: int | None = None,
    ) -> None:
        """Makes ``function`` the consumer.

        Args:
            batch: messages in one event, at most.
            at_once: invocations at a time, at least 2.
        """
        _feed(self.main, function, batch=batch, window=self._window, at_once=at_once)

    def dead_letters_trigger(self, function: lambda_.IFunction) -> None:
        """Makes ``function`` the consumer of the dead letters."""
        _feed(self.dead, function, batch=10, window=0, at_once=LEAST)

    def _queue(
        self, construct_id: str, seconds: int, dead: sqs.DeadLetterQueue | None
    ) -> sqs.Queue:
        return sqs.Queue(
            self,
            construct_id,
            visibility_timeout=Duration.seconds(seconds),
            retention_period=KEPT,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            dead_letter_queue=dead,
        )


class Queues(Construct):
    """All work queues, in the order messages flow."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.uploads = WorkQueue(self, "uploads", consumer="ingest")
        # The processor gives up on a source by itself, well before; this is for what kills it.
        self.images = WorkQueue(
            self,
            "images",
            consumer="processor",
            dead_consumer="recorder",
            window=stage.images_window,
            receives=10,
        )
        # Finished work: a database that is away for hours must not turn it into dead letters.
        self.outcomes = WorkQueue(
            self, "outcomes", consumer="recorder", window=stage.outcomes_window, receives=100
        )
        self.finished = WorkQueue(self, "finished", consumer="finisher")
        # Each receive may be a request to the receiver that nobody could report.
        self.deliveries = WorkQueue(
            self, "deliveries", consumer="notifier", dead_consumer="recorder", receives=5
        )
        self.all = (self.uploads, self.images, self.outcomes, self.finished, self.deliveries)


def hidden(consumer: str, window: int = 0) -> int:
    """Seconds for which a message is hidden from others while ``consumer`` works on it."""
    return VISIBILITY * SIZES[consumer].timeout + window


def _feed(
    queue: sqs.IQueue,
    function: lambda_.IFunction,
    *,
    batch: int,
    window: int,
    at_once: int | None,
) -> None:
    function.add_event_source(
        sources.SqsEventSource(
            queue,
            batch_size=batch,
            max_batching_window=Duration.seconds(window) if window else None,
            max_concurrency=at_once,
            report_batch_item_failures=True,
        )
    )
