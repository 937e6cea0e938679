"""Alembic's entry: runs the migrations on the connection that storage.engine.migrate gives it."""

from alembic import context

from storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    include_object=lambda _object, name, kind, _reflected, _other: (
        not (kind == "table" and name is not None and name.startswith("message_words"))
    ),
)
with context.begin_transaction():
    context.run_migrations()
