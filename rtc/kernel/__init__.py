"""The rules of the media engine as machines: packets and the time come in as arguments, decisions come out."""
