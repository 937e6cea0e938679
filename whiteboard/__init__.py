"""Rules of whiteboards: what an element may be, and which of two versions of it stands. Sans-IO."""
