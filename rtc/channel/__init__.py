"""The messages between the server and its media engine, and how they travel."""
