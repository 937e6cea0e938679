"""The database itself: one writer, transactions, events, jobs, migrations; knows no noun."""
