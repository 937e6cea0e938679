"""Conferences of a conversation: seats, moderation, media, sounds, frozen frames."""
