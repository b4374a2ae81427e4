"""A fault campaign: jobs through the deployed local cloud while everything around them breaks."""
