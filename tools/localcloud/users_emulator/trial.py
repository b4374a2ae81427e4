"""One small run through an emulator, of all that the stack is made of, before it is deployed.

A listing says that an emulator knows a service. Whether its functions run, see their layers, are
called by queues and by HTTP, and reach the database, is found out by a function that is made for a
moment.
"""

import json
import time
import urllib.request
import uuid
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import suppress
from typing import Any

from localcloud.backends import PATH_STYLE
from localcloud.processes import LOOPBACK
from localcloud.servers import LoopbackServer, Visit
from localcloud.users_emulator.services import (
    FAILURES,
    HTTP_APIS,
    LAMBDA,
    MAPPINGS,
    S3,
    SQS,
    Missing,
    reason,
)
from localcloud.users_emulator.trial_resources import TrialError, TrialResources

ARRIVAL_SECONDS = 60.0
"""For a message to come out at the other end."""
HOSTS = (LOOPBACK, "host.docker.internal")
"""Names by which functions may reach this machine; the second is Docker's, from a container."""


class Trial:
    """One run.

    Attributes:
        facts: what the function found, as ``trial_function`` says it; empty if it did not run.
        api_url: an HTTP API's address with ``{id}`` in it; empty if none answered.
        missing: what did not work.
    """

    def __init__(
        self, client: Callable[[str], Any], endpoint_url: str, database: Sequence[tuple[str, int]]
    ) -> None:
        """
        Args:
            client: makes the client of a service by its name.
            database: hosts and ports that functions are to reach, of which one is enough.
        """
        self.facts: dict[str, Any] = {}
        self.api_url = ""
        self.missing: list[Missing] = []
        self._client = client
        self._endpoint_url = endpoint_url
        self._database = database
        self._name = f"darkroom-trial-{uuid.uuid4().hex[:12]}"
        self._made = TrialResources(client, self._name)
        self._skip: Container[str] = ()

    def run(self, *, skip: Container[str]) -> None:
        """Goes through all steps; those that need a function that does not run are left out.

        Args:
            skip: what is known to be missing.
        """
        self._skip = skip
        with self._made:
            answers = self._step(SQS, self._queue, "answers")
            if answers is None:
                return
            self._step(S3, self._notification)
            function = self._step(LAMBDA, self._made.function, answers)
            if function is None or self._step(LAMBDA, self._call, answers) is None:
                return
            if not self.facts["layer"]:
                self.missing.append(Missing("Lambda layers", "a function did not see its layer"))
            self._step(MAPPINGS, self._event_source, answers)
            self._step(HTTP_APIS, self._http_api, function)

    def _step(self, what: str, step: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
        """What the step returns, ``None`` if it fails or is skipped."""
        if what in self._skip:
            return None
        try:
            return step(*arguments)
        except (*FAILURES, TrialError, OSError) as error:
            self.missing.append(Missing(what, reason(error)))
            return None

    def _queue(self, purpose: str) -> str:
        """A queue takes what the stack's queues take, and hands it out."""
        sqs, url = self._client("sqs"), self._made.queue(purpose)
        # Message groups on a standard queue, which AWS takes since July 2025 and some do not.
        entry = {"Id": "0", "MessageBody": purpose, "MessageGroupId": "group"}
        failed = sqs.send_message_batch(QueueUrl=url, Entries=[entry]).get("Failed")
        if failed:
            raise TrialError(f"SendMessageBatch was refused: {failed[0].get('Message')}")
        self._await(url, purpose, "a message sent to a queue did not come out")
        return url

    def _notification(self) -> None:
        """A new object in a bucket is told to a queue."""
        url = self._queue("objects")
        self._made.versioned_object(self._made.bucket(url), "trial.csv")
        self._await(url, '"trial.csv"', "no notification of a new object arrived")

    def _call(self, answers: str) -> bool:
        """A function runs when it is called, says what it found, and sends a message."""
        with _Greeting(self._name) as here:
            event = {
                "say": "called",
                "database": self._database,
                "this_machine": [[host, here.url_at(host), self._name] for host in HOSTS],
            }
            functions = self._client("lambda")
            answer = functions.invoke(FunctionName=self._name, Payload=json.dumps(event))
            text = answer["Payload"].read().decode(errors="replace")
        said = None
        with suppress(ValueError):
            said = json.loads(text)
        if "FunctionError" in answer or not isinstance(said, dict) or "python" not in said:
            raise TrialError(f"a function made for a trial failed: {text}")
        self.facts = said
        self._await(answers, "called", "a function's message did not arrive")
        return True

    def _event_source(self, answers: str) -> None:
        """A message on a queue calls a function."""
        url = self._queue("work")
        self._made.event_source(url)
        self._client("sqs").send_message(QueueUrl=url, MessageBody="queued")
        self._await(answers, "queued", "no function was called for a message")

    def _http_api(self, function: str) -> None:
        """A request to an HTTP API calls a function."""
        api_id, endpoint = self._made.http_api(function)
        for form in self._forms(api_id, endpoint):
            if _get(form.replace("{id}", api_id)) == self._name:
                self.api_url = form
                return
        raise TrialError("no request to an HTTP API reached its function")

    def _forms(self, api_id: str, endpoint: str) -> Iterator[str]:
        """Where an API may be found, the usual place first."""
        yield PATH_STYLE.format(endpoint=self._endpoint_url)
        yield f"{self._endpoint_url}/_aws/execute-api/{{id}}"
        if endpoint.startswith("http://") and api_id in endpoint:
            yield endpoint.rstrip("/").replace(api_id, "{id}")

    def _await(self, url: str, text: str, otherwise: str) -> None:
        """Takes messages off a queue until one has the text in it."""
        sqs = self._client("sqs")
        deadline = time.monotonic() + ARRIVAL_SECONDS
        while time.monotonic() < deadline:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                if text in message["Body"]:
                    return
        raise TrialError(f"{otherwise} within {ARRIVAL_SECONDS:.0f} s")


class _Greeting(LoopbackServer):
    """Says one word on this machine's loopback."""

    def __init__(self, word: str) -> None:
        class Get(Visit):
            def do_GET(self) -> None:  # noqa: N802 (http.server's name)
                self.answer(200, word.encode())

        super().__init__(Get)

    def url_at(self, host: str) -> str:
        return self.url.replace(LOOPBACK, host)


def _get(url: str) -> str:
    """What an address answers; nothing if it does not."""
    try:
        with urllib.request.urlopen(f"{url}/trial", timeout=60) as answer:  # noqa: S310 (the emulator)
            text: str = answer.read().decode(errors="replace")
            return text
    except (OSError, ValueError):
        return ""
