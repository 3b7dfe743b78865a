"""Alembic's entry: it runs in the connection that `agro.store.engine.migrate` hands it."""

from alembic import context

from agro.store import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    transaction_per_migration=False,
    # SQLite alters a table by rebuilding it.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
