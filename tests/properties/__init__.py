"""Random small logs, asked of the engine and of the plain model; both must give the same numbers."""
