"""Guides as PDF: how the script gets into a site made with one of the usual systems (CC-015)."""
