"""What every package may use: settings, clock, ids, errors, text folding, the catalogue, the bus, supervised tasks."""
