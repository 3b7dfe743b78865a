"""Field trials: what is compared where, what was measured on each plot, what was found."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from agro.store.schema.base import id_, metadata, owner, position, text

# `request` makes the same layout again; the layout itself is kept in `trial_plot`.
trial = Table(
    "trial",
    metadata,
    id_(),
    owner("site"),
    owner("plot"),
    Column("slug", Text, nullable=False),
    text("name"),
    text("design"),
    Column("treatments", JSON),
    Column("blocks", Integer),
    text("objective"),
    text("contact"),
    text("crop"),
    Column("sown", Date),
    Column("request", JSON),
    text("generator"),
    Column("plot_width", Double),
    Column("plot_length", Double),
    Column("bearing", Double),
    *position(),
    Column("made_at", BigInteger),
    text("who"),
    Column("put_away_at", BigInteger),  # NULL: it is shown
    UniqueConstraint("site_id", "slug"),
)

trial_plot = Table(
    "trial_plot",
    metadata,
    id_(),
    owner("trial"),
    Column("number", Integer),  # NULL: a border plot or a filler
    Column("row", Integer, nullable=False),
    Column("column", Integer, nullable=False),
    Column("block", Integer),
    text("treatment"),
    Column("levels", JSON),
    UniqueConstraint("trial_id", "number"),
    Index("ix_trial_plot_trial_id", "trial_id"),
)

# What is measured on the plots; a value outside `low` … `high` is doubted.
trial_trait = Table(
    "trial_trait",
    metadata,
    id_(),
    owner("trial"),
    Column("name", Text, nullable=False),
    text("label"),
    text("unit"),
    Column("low", Double),
    Column("high", Double),
    UniqueConstraint("trial_id", "name"),
)

# A field book that came back, so that the whole of it can be taken out again.
trial_batch = Table(
    "trial_batch",
    metadata,
    id_(),
    owner("trial"),
    text("file"),
    text("sha256"),
    Column("imported_at", BigInteger, nullable=False),
    text("who"),
    Column("new", Integer, nullable=False, server_default="0"),
    Column("refused", Integer, nullable=False, server_default="0"),
    Column("undone_at", BigInteger),
)

# Every value that was ever said of a plot: the last that was not struck is the one that counts.
trial_value = Table(
    "trial_value",
    metadata,
    id_(),
    owner("trial_plot"),
    owner("trial_trait"),
    text("time"),  # of a repeated trial: which visit
    Column("day", Date),
    Column("value", Double),  # NULL: somebody said that there is none
    text("notes"),
    Column("said_at", BigInteger, nullable=False),
    text("who"),
    Column("batch_id", ForeignKey("trial_batch.id")),
    Column("struck_at", BigInteger),
    Index("ix_trial_value_trial_plot_id", "trial_plot_id"),
    Index("ix_trial_value_batch_id", "batch_id"),
)

# What was concluded when: the same data with the same options give the same figures again.
trial_analysis = Table(
    "trial_analysis",
    metadata,
    id_(),
    owner("trial"),
    text("trait"),
    Column("made_at", BigInteger, nullable=False),
    text("who"),
    Column("options", JSON),
    text("data_sha256"),
    text("version"),
    Column("result", JSON),
    Index("ix_trial_analysis_trial_id", "trial_id"),
)
