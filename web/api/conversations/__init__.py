"""Addresses of conversations: messages, files, boards, notices."""
