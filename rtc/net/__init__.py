"""Sockets, ICE, DTLS and SRTP: packets in and out."""
