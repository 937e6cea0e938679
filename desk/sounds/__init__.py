"""What a caller hears, and what is kept of it: greeting, hold music, voicemail, recording."""
