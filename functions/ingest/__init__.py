"""Takes an uploaded CSV in: reads it as a stream, stores its rows, sends out its images."""
