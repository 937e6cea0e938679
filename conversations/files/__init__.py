"""Files of a conversation, and uploads on their way into one."""
