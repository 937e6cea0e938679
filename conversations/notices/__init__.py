"""Notices to browsers that have no page open."""
