"""Where notices go when no page is open."""
