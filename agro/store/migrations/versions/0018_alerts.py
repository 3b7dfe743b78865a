"""alerts: who is told of what by which channel, what happened, and how each message went."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _owner(table: str, column: str, owner: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [owner], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    """Change the tables."""
    _subscriptions()
    _events()
    _calendars()


def _subscriptions() -> None:
    op.create_table(
        "alert_subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        *(_text(name) for name in ("who", "channel", "language", "escalate_to")),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("kinds", "sites", "wake")),
        *(
            sa.Column(name, sa.Integer(), nullable=True)
            for name in ("quiet_from", "quiet_until", "digest_hour", "escalate_after")
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        _key("alert_subscription", "id"),
    )


def _events() -> None:
    op.create_table(
        "alert_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        *(_text(name) for name in ("plot", "device")),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=True),
        _owner("alert_event", "site_id", "site.id"),
        _key("alert_event", "id"),
        sa.UniqueConstraint("key", name=op.f("uq_alert_event_key")),
    )
    op.create_index("ix_alert_event_ended_at", "alert_event", ["ended_at"])
    table, owners = "alert_delivery", ("alert_event_id", "alert_subscription_id")
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in (*owners, "step")),
        sa.Column("state", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("planned_at", "due_at")),
        sa.Column("message", sa.Integer(), nullable=True),
        _text("sender"),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        _text("reason"),
        *(_owner(table, name, f"{name.removesuffix('_id')}.id") for name in owners),
        _key(table, "id"),
        sa.UniqueConstraint(
            *owners, "step", name=op.f(f"uq_alert_delivery_{'_'.join(owners)}_step")
        ),
    )
    op.create_index("ix_alert_delivery_state_due_at", table, ["state", "due_at"])


def _calendars() -> None:
    op.create_table(
        "alert_calendar",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        _text("language"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        _owner("alert_calendar", "site_id", "site.id"),
        _key("alert_calendar", "site_id"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_alert_calendar_token_hash")),
    )
    op.create_table(
        "alert_calendar_entry",
        sa.Column("plot_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.Double(), nullable=True),
        sa.Column("litres", sa.Double(), nullable=True),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), server_default=sa.false(), nullable=False),
        _owner("alert_calendar_entry", "plot_id", "plot.id"),
        sa.UniqueConstraint("plot_id", "day", name=op.f("uq_alert_calendar_entry_plot_id_day")),
    )


def downgrade() -> None:
    """Change them back."""
    for table in (
        *("alert_calendar_entry", "alert_calendar", "alert_delivery"),
        *("alert_event", "alert_subscription"),
    ):
        op.drop_table(table)
