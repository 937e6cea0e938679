"""The engine as a process: in this one, in children, and which of them carries which conference."""
