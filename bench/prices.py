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

MONTH_HOURS = 730
RDS_HOUR = {"t4g.small": 0.032, "m7g.large": 0.168}
"""PostgreSQL, one zone; two zones cost twice as much. https://aws.amazon.com/rds/postgresql/pricing/"""
ENDPOINT_HOUR = 0.01
"""An interface endpoint in one zone. https://aws.amazon.com/privatelink/pricing/"""
CUSTOM_METRIC_MONTH = 0.30
ALARM_MONTH = 0.10
DASHBOARD_MONTH = 3.00
SECRET_MONTH = 0.40
KEY_MONTH = 1.00

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
