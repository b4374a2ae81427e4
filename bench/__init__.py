"""Measures the system, with its peers in the same run. ``python -m bench``"""
