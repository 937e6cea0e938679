"""Addresses of accounts: sessions, people, organisations, audit."""
