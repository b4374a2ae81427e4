"""What every stage shares: messages, states, errors, settings, object keys and the queue client."""
