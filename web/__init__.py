"""The HTTP edge: the route table, REST, pages, the standard media doors, start-up and wiring."""
