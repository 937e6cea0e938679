"""One file of all tracks of a recording, made in a process of its own."""
