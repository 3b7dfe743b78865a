"""The tables that the migrations make are the tables of the schema, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from agro.store import open_store, schema
from agro.store.engine import migrate


def test_migrations_make_the_schema(database_url: str) -> None:
    engine = open_store(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_opening_twice_changes_nothing(database_url: str) -> None:
    open_store(database_url).dispose()
    engine = open_store(database_url)
    migrate(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT COUNT(*) FROM alembic_version")) == 1
    engine.dispose()
