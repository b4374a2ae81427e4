"""The web console: one page, put together from plain HTML, CSS and ES modules."""
