"""The media engine: ICE-lite, DTLS and raw SRTP forwarding on one UDP port, behind a typed message channel."""
