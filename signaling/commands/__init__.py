"""Socket commands: each with its form, its rate and who may send it."""
