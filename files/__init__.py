"""Taking a file in, for whomever: its type, its name, its quota, its thumbnail."""
