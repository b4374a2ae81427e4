"""Darkroom on AWS: looks before it deploys, deploys, shows what would change, and takes it away."""
