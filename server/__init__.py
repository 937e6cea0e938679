"""Wiring and start-up: the one place where every part is made."""
