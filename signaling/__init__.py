"""The socket.io edge: commands in, events out, presence."""
