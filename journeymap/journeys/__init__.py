"""Sequences: sessions, journeys, what is known of each."""
