"""Whiteboards of a conversation."""
