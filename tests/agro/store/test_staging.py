"""A batch in a temporary table: only this one, whatever became of the transactions before."""

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from agro.store import writing
from agro.store.staging import source, stage

ROWS = [(1, 10, 20), (2, 10, 20), (2, 30, 40)]


def _staged(c: Connection) -> list[tuple[int, ...]]:
    query = text("SELECT datastream_id, start, stop FROM staged_hour ORDER BY 1, 2")
    return [tuple(row) for row in c.execute(query)]


def test_the_second_batch_of_a_transaction_replaces_the_first(store: Engine) -> None:
    with writing(store) as c:
        stage(c, "staged_hour", ROWS)
        assert _staged(c) == ROWS
        stage(c, "staged_day", ROWS[1:])
        stage(c, "staged_hour", ROWS[:1])
        assert _staged(c) == ROWS[:1]


def test_a_rollback_and_a_commit_leave_nothing(store: Engine) -> None:
    with store.connect() as c:
        for end in ("rollback", "commit", "rollback", "commit"):
            with c.begin() as transaction:
                stage(c, "staged_hour", ROWS)
                assert _staged(c) == ROWS
                getattr(transaction, end)()
            with c.begin():
                stage(c, "staged_hour", ROWS[:2])
                assert _staged(c) == ROWS[:2]


def test_what_the_driver_refuses_is_a_database_error(store: Engine) -> None:
    with pytest.raises(DBAPIError, match=r"staged_hour"), writing(store) as c:
        stage(c, "staged_hour", [(1, 10)])
    with writing(store) as c:
        stage(c, "staged_hour", ROWS)
        assert _staged(c) == ROWS


@pytest.mark.parametrize("count", [1, 2, 99, 100, 101, 250])
def test_few_and_many_rows_are_read_alike(store: Engine, count: int) -> None:
    rows = [(id_, 10, 20 + id_) for id_ in range(count)]
    with writing(store) as c:
        c.execute(text("CREATE TEMP TABLE got (datastream_id integer, stop bigint)"))
        for _ in range(2):
            laid_out = source(c, "staged_hour", rows)
            laid_out.execute(
                c,
                "INSERT INTO got SELECT datastream_id, stop + :more FROM staged_hour "
                "WHERE start = 10",
                more=1,
            )
        found = c.execute(text("SELECT datastream_id, stop FROM got ORDER BY 1, 2")).all()
        c.execute(text("DROP TABLE got"))
    assert [tuple(row) for row in found] == [(i, 21 + i) for i in range(count) for _ in range(2)]
