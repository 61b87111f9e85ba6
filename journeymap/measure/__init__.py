"""The counts: touchpoints, transitions, drop-off, funnel, paths, outcomes. Each takes a question and gives a frame."""
