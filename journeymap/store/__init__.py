"""The journey store: its tables, the one place where SQL runs, and one file per engine."""
