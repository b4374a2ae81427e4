"""Deploys this release over the last one, and back, while jobs run; every promise must hold."""
