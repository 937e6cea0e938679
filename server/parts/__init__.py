"""Each domain as the server joins it to addresses, commands, jobs and events: one file, one `DOMAIN`."""
