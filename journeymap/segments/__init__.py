"""Segments: define one, give each customer or journey its level, choose a population."""
