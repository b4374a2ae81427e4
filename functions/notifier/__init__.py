"""Sends signed webhooks to addresses that users chose, and reports what came back."""
