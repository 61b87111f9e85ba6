"""Plain values: touchpoint catalog, findings, journey map. No input or output."""
