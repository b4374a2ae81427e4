"""One job from beginning to end, with a shop's pictures and a receiver of its webhooks."""
