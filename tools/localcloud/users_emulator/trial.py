"""One small run through an emulator, of all that the stack is made of, before it is deployed.

A listing says that an emulator knows a service. Whether its functions run, see their layers, are
called by queues and by HTTP, and reach the database, is found out by a function that is made for a
moment. Everything made has ``darkroom-trial`` in its name and is deleted again.
"""

import io
import json
import time
import urllib.error
import urllib.request
import uuid
import zipfile
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from localcloud.backends import PATH_STYLE
from localcloud.processes import LOOPBACK
from localcloud.servers import LoopbackServer, Visit
from localcloud.users_emulator import trial_function
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

RUNTIME = "python3.13"
START_SECONDS = 600.0
"""For the first function: an emulator that runs them in containers may fetch an image first."""
ARRIVAL_SECONDS = 60.0
"""For a message to come out at the other end."""
HOSTS = (LOOPBACK, "host.docker.internal")
"""Names by which functions may reach this machine; the second is Docker's, from a container."""

BY_LAMBDA = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
QUEUES = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}],
}
LET_S3_SEND = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "*",
        }
    ],
}


class TrialError(Exception):
    """A step did not lead where it should; the message says where it ended."""


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
        self._leftovers = ExitStack()
        self._skip: Container[str] = ()

    def run(self, *, skip: Container[str]) -> None:
        """Goes through all steps; those that need a function that does not run are left out.

        Args:
            skip: what is known to be missing.
        """
        self._skip = skip
        with self._leftovers:
            answers = self._step(SQS, self._queue, "answers")
            if answers is None:
                return
            self._step(S3, self._notification)
            function = self._step(LAMBDA, self._function, answers)
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

    def _later(self, call: Callable[..., Any], **arguments: Any) -> None:  # noqa: ANN401
        """Deletes something in the end. What cannot be deleted does not stop the rest."""

        def delete() -> None:
            with suppress(*FAILURES):
                call(**arguments)

        self._leftovers.callback(delete)

    def _queue(self, purpose: str) -> str:
        """URL of a new queue, which takes what the stack's queues take."""
        sqs = self._client("sqs")
        url: str = sqs.create_queue(QueueName=f"{self._name}-{purpose}")["QueueUrl"]
        self._later(sqs.delete_queue, QueueUrl=url)
        # Message groups on a standard queue, which AWS takes since July 2025 and some do not.
        entry = {"Id": "0", "MessageBody": purpose, "MessageGroupId": "group"}
        failed = sqs.send_message_batch(QueueUrl=url, Entries=[entry]).get("Failed")
        if failed:
            raise TrialError(f"SendMessageBatch was refused: {failed[0].get('Message')}")
        self._await(url, lambda body: body == purpose, "a message sent to a queue did not come out")
        return url

    def _await(self, url: str, wanted: Callable[[str], bool], otherwise: str) -> None:
        """Reads messages until one is wanted."""
        sqs = self._client("sqs")
        deadline = time.monotonic() + ARRIVAL_SECONDS
        while time.monotonic() < deadline:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                if wanted(message["Body"]):
                    return
        raise TrialError(f"{otherwise} within {ARRIVAL_SECONDS:.0f} s")

    def _arn(self, url: str) -> str:
        answer = self._client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arn: str = answer["Attributes"]["QueueArn"]
        return arn

    def _notification(self) -> None:
        """An object that is put into a bucket with versions is told to a queue."""
        s3, sqs, bucket = self._client("s3"), self._client("sqs"), self._name
        url = self._queue("objects")
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(LET_S3_SEND)})
        s3.create_bucket(Bucket=bucket)
        self._later(s3.delete_bucket, Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        rule = {"QueueArn": self._arn(url), "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [rule]}
        )
        put = s3.put_object(Bucket=bucket, Key="trial.csv", Body=b"name")
        version = put.get("VersionId")
        self._later(s3.delete_object, Bucket=bucket, Key="trial.csv", VersionId=version or "null")
        if not version:
            raise TrialError("S3 keeps no versions of objects")
        self._await(
            url,
            lambda body: "trial.csv" in json.dumps(json.loads(body).get("Records", [])),
            "no notification of a new object arrived",
        )

    def _function(self, answers: str) -> str:
        """ARN of a function that can be called."""
        functions = self._client("lambda")
        log = f"/aws/lambda/{self._name}"
        self._later(self._client("logs").delete_log_group, logGroupName=log)
        functions.create_function(
            FunctionName=self._name,
            Runtime=RUNTIME,
            Handler="trial.handler",
            Role=self._role(),
            Code={"ZipFile": _zipped("trial.py", Path(trial_function.__file__).read_text())},
            Layers=[self._layer()],
            Timeout=120,
            MemorySize=256,
            Environment={"Variables": {"ANSWERS": answers, "NAME": self._name}},
        )
        self._later(functions.delete_function, FunctionName=self._name)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            now = functions.get_function_configuration(FunctionName=self._name)
            match now.get("State", "Active"):
                case "Active":
                    return str(now["FunctionArn"])
                case "Failed":
                    raise TrialError(now.get("StateReason") or "a function made for a trial failed")
            time.sleep(0.2)
        raise TrialError(f"a function made for a trial is not active after {START_SECONDS:.0f} s")

    def _role(self) -> str:
        iam = self._client("iam")
        made = iam.create_role(RoleName=self._name, AssumeRolePolicyDocument=json.dumps(BY_LAMBDA))
        self._later(iam.delete_role, RoleName=self._name)
        iam.put_role_policy(
            RoleName=self._name, PolicyName="queues", PolicyDocument=json.dumps(QUEUES)
        )
        self._later(iam.delete_role_policy, RoleName=self._name, PolicyName="queues")
        arn: str = made["Role"]["Arn"]
        return arn

    def _layer(self) -> str:
        functions = self._client("lambda")
        made = functions.publish_layer_version(
            LayerName=self._name,
            Content={"ZipFile": _zipped(f"python/{trial_function.LAYER}.py", "")},
        )
        self._later(
            functions.delete_layer_version, LayerName=self._name, VersionNumber=made["Version"]
        )
        arn: str = made["LayerVersionArn"]
        return arn

    def _call(self, answers: str) -> bool:
        """Calls the function, which says what it found, and sends a message from inside."""
        with _Greeting(self._name) as here:
            event = {
                "say": "called",
                "database": self._database,
                "this_machine": [[host, here.url_at(host), self._name] for host in HOSTS],
            }
            answer = self._client("lambda").invoke(
                FunctionName=self._name, Payload=json.dumps(event)
            )
            said = answer["Payload"].read().decode(errors="replace")
        with suppress(ValueError):
            self.facts = json.loads(said)
        if "FunctionError" in answer or "python" not in self.facts:
            self.facts = {}
            raise TrialError(f"a function made for a trial failed: {said}")
        self._await(answers, lambda body: body == "called", "a function's message did not arrive")
        return True

    def _event_source(self, answers: str) -> None:
        functions, sqs = self._client("lambda"), self._client("sqs")
        url = self._queue("work")
        mapping = functions.create_event_source_mapping(
            EventSourceArn=self._arn(url),
            FunctionName=self._name,
            BatchSize=10,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )
        self._later(functions.delete_event_source_mapping, UUID=mapping["UUID"])
        sqs.send_message(QueueUrl=url, MessageBody="queued")
        self._await(answers, lambda body: body == "queued", "no function was called for a message")

    def _http_api(self, function: str) -> None:
        apis, functions = self._client("apigatewayv2"), self._client("lambda")
        api = apis.create_api(Name=self._name, ProtocolType="HTTP")
        api_id = api["ApiId"]
        self._later(apis.delete_api, ApiId=api_id)
        integration = apis.create_integration(
            ApiId=api_id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=function,
            PayloadFormatVersion="2.0",
        )
        target = f"integrations/{integration['IntegrationId']}"
        apis.create_route(ApiId=api_id, RouteKey="$default", Target=target)
        apis.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
        functions.add_permission(
            FunctionName=self._name,
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
        for form in self._forms(api.get("ApiEndpoint", ""), api_id):
            if _get(form.replace("{id}", api_id)) == self._name:
                self.api_url = form
                return
        raise TrialError("no request to an HTTP API reached its function")

    def _forms(self, endpoint: str, api_id: str) -> Iterator[str]:
        """Where an API may be found, the usual place first."""
        yield PATH_STYLE.format(endpoint=self._endpoint_url)
        yield f"{self._endpoint_url}/_aws/execute-api/{{id}}"
        if endpoint.startswith("http://") and api_id in endpoint:
            yield endpoint.rstrip("/").replace(api_id, "{id}")


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


def _zipped(name: str, text: str) -> bytes:
    """A ZIP of one file that everybody may read."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, text)
    return raw.getvalue()
