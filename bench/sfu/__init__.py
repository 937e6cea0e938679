"""What the comparison with Janus is made of: its clients, the houses they go to, and what is measured."""
