"""How long the janitor waits before it acts, and when it stops trying."""

from datetime import timedelta

from database.repairs import Patience

STUCK = Patience(idle=timedelta(minutes=10), longest=timedelta(hours=4))
"""A healthy job gets on every few seconds. Pauses: 10, 20, 40 … minutes, then every four hours."""

RESULT = Patience(idle=timedelta(minutes=2), longest=timedelta(hours=4))
"""A job in ``finalizing`` waits for one message only, and most results take seconds. A result that
takes longer is written twice at worst: the same bytes, and the job ends once."""

AWAITED = Patience(idle=timedelta(minutes=10), longest=timedelta(minutes=10))
"""One look into S3 costs next to nothing, and an upload comes within minutes or never."""

UPLOAD_MARGIN = timedelta(minutes=30)
"""An upload that S3 admitted at the last moment may still be on its way."""

HOPELESS_AFTER = timedelta(hours=24)
RESULT_HOPELESS_AFTER = timedelta(days=3)
"""Longer, because there the images are done already and only the result is missing."""

MESSAGES_KEPT = timedelta(days=14)
"""By SQS. Until then images whose messages may be among those that wait are late, not lost."""

REPAIRS = 5
"""At least; after an outage of our own a job first gets its chances."""
