"""What a trial makes on an emulator, and deletes again."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from localcloud.users_emulator import trial_function
from localcloud.users_emulator.services import FAILURES

RUNTIME = "python3.13"
START_SECONDS = 600.0
"""For a function: an emulator that runs them in containers may fetch an image first."""


def _policy(**statement: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


BY_LAMBDA = _policy(Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole")
ALL_QUEUES = _policy(Action="sqs:*", Resource="*")
BY_S3 = _policy(Principal={"Service": "s3.amazonaws.com"}, Action="sqs:SendMessage", Resource="*")


class TrialError(Exception):
    """A step did not lead where it should; the message says where it ended."""


class TrialResources:
    """Everything is called by one name, and deleted on leaving, the last first.

    Every method lets the errors of boto3 through.
    """

    def __init__(self, client: Callable[[str], Any], name: str) -> None:
        """
        Args:
            client: makes the client of a service by its name.
            name: of all that is made, or how it begins.
        """
        self._client = client
        self._name = name
        self._leftovers = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._leftovers.close()

    def queue(self, purpose: str) -> str:
        """URL of a new queue."""
        sqs = self._client("sqs")
        url: str = sqs.create_queue(QueueName=f"{self._name}-{purpose}")["QueueUrl"]
        self._later(sqs.delete_queue, QueueUrl=url)
        return url

    def bucket(self, told: str) -> str:
        """A new bucket that keeps versions.

        Args:
            told: URL of the queue that is told of each object.
        """
        s3, bucket = self._client("s3"), self._name
        self._client("sqs").set_queue_attributes(QueueUrl=told, Attributes={"Policy": BY_S3})
        s3.create_bucket(Bucket=bucket)
        self._later(s3.delete_bucket, Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        rule = {"QueueArn": self._arn(told), "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [rule]}
        )
        return bucket

    def versioned_object(self, bucket: str, key: str) -> None:
        """Puts an object there.

        Raises:
            TrialError: the bucket keeps no versions.
        """
        s3 = self._client("s3")
        version = s3.put_object(Bucket=bucket, Key=key, Body=b"name").get("VersionId")
        self._later(s3.delete_object, Bucket=bucket, Key=key, VersionId=version or "null")
        if not version:
            raise TrialError("S3 keeps no versions of objects")

    def function(self, answers: str) -> str:
        """ARN of a function that can be called.

        Args:
            answers: URL of the queue that it sends to.

        Raises:
            TrialError: it cannot be called.
        """
        functions = self._client("lambda")
        log = f"/aws/lambda/{self._name}"
        self._later(self._client("logs").delete_log_group, logGroupName=log)
        functions.create_function(
            FunctionName=self._name,
            Runtime=RUNTIME,
            Handler="trial.handler",
            Role=self._role(),
            Code={"ZipFile": _zipped("trial.py", Path(trial_function.__file__).read_text("utf-8"))},
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

    def event_source(self, url: str) -> None:
        """Lets the queue call the function."""
        functions = self._client("lambda")
        mapping = functions.create_event_source_mapping(
            EventSourceArn=self._arn(url),
            FunctionName=self._name,
            BatchSize=10,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )
        self._later(functions.delete_event_source_mapping, UUID=mapping["UUID"])

    def http_api(self, function: str) -> tuple[str, str]:
        """Id of a new HTTP API that sends every request to the function, and the address that the
        emulator gives it."""
        apis = self._client("apigatewayv2")
        api = apis.create_api(Name=self._name, ProtocolType="HTTP")
        api_id: str = api["ApiId"]
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
        self._client("lambda").add_permission(
            FunctionName=self._name,
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
        return api_id, api.get("ApiEndpoint", "")

    def _role(self) -> str:
        iam = self._client("iam")
        made = iam.create_role(RoleName=self._name, AssumeRolePolicyDocument=BY_LAMBDA)
        self._later(iam.delete_role, RoleName=self._name)
        iam.put_role_policy(RoleName=self._name, PolicyName="queues", PolicyDocument=ALL_QUEUES)
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

    def _arn(self, url: str) -> str:
        answer = self._client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arn: str = answer["Attributes"]["QueueArn"]
        return arn

    def _later(self, call: Callable[..., Any], **arguments: Any) -> None:  # noqa: ANN401
        """Deletes something in the end. What cannot be deleted does not stop the rest."""

        def delete() -> None:
            with suppress(*FAILURES):
                call(**arguments)

        self._leftovers.callback(delete)


def _zipped(name: str, text: str) -> bytes:
    """A ZIP of one file that everybody may read."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, text)
    return raw.getvalue()
