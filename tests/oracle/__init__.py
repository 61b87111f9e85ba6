"""A slow, plain model of every number that journeymap reports: standard library, lists, loops, dicts."""
