"""Fetches, compresses and stores images; reports through a queue and touches no database."""
