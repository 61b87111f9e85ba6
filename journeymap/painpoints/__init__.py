"""Pain points: one detector a file, and their registry."""
