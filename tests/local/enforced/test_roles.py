"""What the deployed roles are let do and refused, tried action by action."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.infra.rights import RIGHTS
from tests.local.enforced.roles import Enforced

REFUSED = {"AccessDenied", "AccessDeniedException", "403"}
"""Of S3 and of SQS; an answer to HEAD has no code but its status."""


def attempts(enforced: Enforced, function: str) -> dict[str, Callable[[], Any]]:
    """Every action on every bucket and queue that some function may do, in the function's place.

    Reading images is left out: the local stage has no CDN before them, so anybody may read them.
    """
    session = enforced.as_role(function)
    s3, sqs = enforced.client("s3", session), enforced.client("sqs", session)
    made: dict[str, Callable[[], Any]] = {}
    for name, bucket in enforced.stack.buckets.items():
        made[f"s3:ListBucket {name} bucket"] = partial(s3.list_objects_v2, Bucket=bucket)
        for objects in (name, "images/cancelled") if name == "images" else (name,):
            place = {"Bucket": bucket, "Key": f"{objects.split('/')[-1]}/of-a-test"}
            made[f"s3:PutObject {objects}/*"] = partial(s3.put_object, **place)
            made[f"s3:DeleteObject {objects}/*"] = partial(s3.delete_object, **place)
            if name != "images":
                made[f"s3:GetObject {objects}/*"] = partial(s3.get_object, **place)
    for name, url in enforced.stack.queues.items():
        # Delayed beyond the last test, so that no function gets to see it.
        message = {"MessageBody": "of a test", "DelaySeconds": 900}
        made |= {
            f"sqs:{action} {name}": partial(call, QueueUrl=url, **arguments)
            for action, call, arguments in (
                ("SendMessage", sqs.send_message, message),
                ("ReceiveMessage", sqs.receive_message, {"VisibilityTimeout": 0}),
                ("DeleteMessage", sqs.delete_message, {"ReceiptHandle": "of-a-test"}),
                ("GetQueueAttributes", sqs.get_queue_attributes, {"AttributeNames": ["QueueArn"]}),
                ("PurgeQueue", sqs.purge_queue, {}),
            )
        }
    return made


def allowed(attempt: Callable[[], Any]) -> bool:
    try:
        attempt()
    except ClientError as error:  # whether the object or message exists is not the question
        return error.response["Error"]["Code"] not in REFUSED
    return True


@pytest.mark.parametrize("name", RIGHTS)
def test_a_role_is_let_do_what_its_function_does_and_refused_everything_else(
    enforced: Enforced, name: str
) -> None:
    tried = attempts(enforced, name)
    done = {right for right, attempt in tried.items() if allowed(attempt)}
    assert done == RIGHTS[name] & set(tried)


def test_the_processor_reads_no_upload_and_sends_to_its_own_queue_and_the_outcomes_alone(
    enforced: Enforced,
) -> None:
    tried = attempts(enforced, "processor")
    assert not allowed(tried["s3:GetObject uploads/*"])
    sends = {name for name in enforced.stack.queues if allowed(tried[f"sqs:SendMessage {name}"])}
    assert sends == {"images", "outcomes"}
