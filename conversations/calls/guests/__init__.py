"""Guests of a conference: links, names, the lobby."""
