"""The whole system as a CDK app: settings by stage, and constructs in the order data flows."""
