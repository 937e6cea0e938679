"""Chats, service cases and conferences: who may read, write and call whom, and what everybody sees of it."""
