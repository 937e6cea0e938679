"""The contact centre: projects, agents, channels, the widget's settings, visits and who is offered them."""
