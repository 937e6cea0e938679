"""What recordings of a conference leave: their files in a message, and the one file that is made of them."""
