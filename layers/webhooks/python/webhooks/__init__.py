"""Webhooks by the Standard Webhooks specification: what they say, how they are signed, when they
are tried again. Nothing here opens a connection; the notifier sends what this signs."""
