"""List prices in US dollars, us-east-1, without free tiers; the one table to bring up to date."""

AS_OF = "2026-11"

GIB = 1024.0
MILLION = 1_000_000

LAMBDA_GB_SECOND = 0.0000133334
"""arm64, first tier. https://aws.amazon.com/lambda/pricing/"""
LAMBDA_REQUEST = 0.20 / MILLION

SQS_REQUEST = 0.40 / MILLION
"""Standard queue; each 64 KB of a request count as one. https://aws.amazon.com/sqs/pricing/"""
SQS_CHUNK = 64 * 1024

S3_PUT = 5.00 / MILLION
"""https://aws.amazon.com/s3/pricing/"""
S3_GET = 0.40 / MILLION
S3_GB_MONTH = 0.023

LOGS_GB = 0.50
"""Ingestion. https://aws.amazon.com/cloudwatch/pricing/"""
LOGS_GB_MONTH = 0.03
"""Stored, by what they weigh compressed."""
ALARM_METRIC_MONTH = 0.10
"""For each metric that an alarm looks at, every minute or less often."""
COMPOSITE_ALARM_MONTH = 0.50
DASHBOARD_MONTH = 3.00

TRACE = 5.00 / MILLION
"""Recorded. https://aws.amazon.com/xray/pricing/"""

MONTH_HOURS = 730
MONTH_MINUTES = 60 * MONTH_HOURS
RDS_HOUR = {"db.t4g.small": 0.032, "db.m7g.large": 0.168}
"""PostgreSQL in one zone; a second zone costs as much again, and so does its storage.
https://aws.amazon.com/rds/postgresql/pricing/"""
RDS_GB_MONTH = {"gp3": 0.115}
"""As much as is reserved, used or not."""
RDS_BACKUP_GB_MONTH = 0.095
"""Of snapshots and backups without an instance; beside one they are free up to its disk's size."""
ENDPOINT_HOUR = 0.01
"""An interface endpoint in one zone. https://aws.amazon.com/privatelink/pricing/"""
SECRET_MONTH = 0.40
"""https://aws.amazon.com/secrets-manager/pricing/"""
KEY_MONTH = 1.00
"""As much again after its first and its second rotation; nothing while it waits to be deleted.
https://aws.amazon.com/kms/pricing/"""

CLOUDINARY_CREDIT = 249 / 600
"""Of the Advanced plan paid by the month. 1,000 transformations are a credit, and so is a GB
stored; an upload counts as a transformation
(https://cloudinary.com/documentation/billing_and_plans,
https://community.cloudinary.com/discussion/825/question-about-how-credits-are-used)."""
CLOUDINARY_CREDIT_UPLOADS = 1_000
CLOUDINARY_CREDIT_GB = 1

TINIFY_IMAGE = 0.002
"""Compressing one beyond the first 10,000 of a month, fetching and storing not included.
https://tinify.com/developers"""
