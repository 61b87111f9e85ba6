"""The journey graph: counts to a networkx.DiGraph, simplified, and written to files."""
