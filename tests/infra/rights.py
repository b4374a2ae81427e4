"""What each function may do: the least that it does its work with.

As ``s3:PutObject uploads/*``, an action on the objects of a bucket, on a bucket or on a queue.
"""

CONSUME = (
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
)


def consume(*queues: str) -> set[str]:
    return {f"{action} {queue}" for action in CONSUME for queue in queues}


def send(*queues: str) -> set[str]:
    return {f"sqs:SendMessage {queue}" for queue in queues}


READ_UPLOADS = {"s3:GetObject uploads/*", "s3:GetObjectVersion uploads/*"}
SECRET = {"secretsmanager:GetSecretValue secret"}

RIGHTS = {
    "api": SECRET
    | {"s3:PutObject uploads/*", "s3:GetObject results/*", "s3:PutObject images/cancelled/*"}
    | send("uploads", "deliveries"),
    "ingest": SECRET
    | READ_UPLOADS
    | {"s3:ListBucket uploads bucket"}
    | consume("uploads")
    | send("uploads", "images", "finished", "deliveries"),
    "processor": {"s3:PutObject images/*", "s3:GetObject images/cancelled/*"}
    | consume("images")
    | send("images", "outcomes"),
    "recorder": SECRET
    | consume("outcomes", "images-dead", "deliveries-dead")
    | send("finished", "deliveries", "outcomes-dead"),
    "finisher": SECRET
    | READ_UPLOADS
    | {"s3:PutObject results/*", "s3:AbortMultipartUpload results/*"}
    | consume("finished")
    | send("deliveries"),
    "notifier": consume("deliveries") | send("outcomes"),
    "janitor": SECRET
    | {"s3:GetObject uploads/*", "s3:ListBucket uploads bucket"}
    | {"s3:PutObject images/cancelled/*"}
    | {"sqs:GetQueueAttributes images"}
    | send("uploads", "images", "finished", "deliveries"),
    "migrator": SECRET,
}
