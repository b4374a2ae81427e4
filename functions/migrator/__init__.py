"""Brings the schema up to date on each deploy, and makes API keys for operators."""
