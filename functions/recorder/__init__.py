"""Outcomes become rows: what the internet zone reports is counted once and closes jobs."""
