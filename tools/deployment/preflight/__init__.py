"""What a deploy looks at before it changes anything."""
