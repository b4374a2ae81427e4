"""Writes the result CSV of a job whose images have all got their outcome, and completes it."""
