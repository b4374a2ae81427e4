"""The local cloud: Darkroom's CDK app on an emulator of AWS and a PostgreSQL, on one machine."""
