"""Addresses of the desk: settings, visits, visitors, widgets."""
