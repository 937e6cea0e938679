"""Wire formats: bytes in, values out, and back. No sockets, no clock, no randomness."""
