"""Organisations, people, sign-ins, sessions, and the server processes they are connected to."""
