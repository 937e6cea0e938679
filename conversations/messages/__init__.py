"""Messages: their text, posting and changing them, and what hangs on them."""
