"""The statistics: tests, correction, levels against each other."""
