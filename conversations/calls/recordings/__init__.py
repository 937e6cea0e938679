"""Recordings of a conference, and the one file that is made of them."""
