"""Bytes on disk: blobs, and files that are still on their way."""
