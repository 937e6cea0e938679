"""One conference in the engine: tracks, layers, the lines to its viewers, and their feedback."""
