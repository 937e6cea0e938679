"""Visitors and their visits: opening, routing, offering, ending, supervision."""
