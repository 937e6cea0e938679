"""The fan-out: one received packet to many viewers."""
