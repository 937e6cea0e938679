"""The contact centre's rows: projects, agents, widgets, visitors, visits and offers."""
