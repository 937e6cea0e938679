"""Tables, records, repositories, migrations and blobs: everything that is kept."""
