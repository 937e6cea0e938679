"""Organisations, groups, people, sign-in, credentials and the one table of rights."""
