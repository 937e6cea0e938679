"""Conferences, guests, recordings, sounds, and what belongs to a call."""
