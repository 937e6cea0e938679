"""Recording of conferences: received packets into one file per track, without decoding."""
