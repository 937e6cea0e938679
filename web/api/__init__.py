"""The rows of the route table, one file for each noun."""
