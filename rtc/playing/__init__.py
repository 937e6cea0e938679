"""Sounds of the server's own: files made into Opus packets once, and played into rooms without encoding."""
