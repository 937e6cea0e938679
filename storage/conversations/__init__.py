"""Conversations with their messages, files and boards."""
