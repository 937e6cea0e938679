"""Addresses of calls: conferences, moderation, guests, frames, sounds."""
