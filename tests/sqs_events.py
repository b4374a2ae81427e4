"""What Lambda makes of a queue's messages."""

from typing import Any

from mypy_boto3_sqs import SQSClient


def received(sqs: SQSClient, url: str, messages: int) -> dict[str, Any]:
    """The event of so many messages of moto's queue, which hides them from then on."""
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    records: list[dict[str, Any]] = []
    while len(records) < messages:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        records += [
            {
                "messageId": each["MessageId"],
                "receiptHandle": each["ReceiptHandle"],
                "body": each["Body"],
                "attributes": each["Attributes"],
                "eventSourceARN": asked["Attributes"]["QueueArn"],
            }
            for each in answer["Messages"]
        ]
    return {"Records": records}
