"""The widget on a customer's website: its settings, its questions to the server, its guides."""
