"""What an administrator sets: projects, agents, media, templates, the company."""
