"""The rules and the door: who may, what is refused, what the audit log says, whose a record is."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from agro.access import LOCAL, PUBLIC, SYSTEM, Actor, acting, actor_of, may, records
from agro.access.rules import RULES, may_see_records
from agro.access.secrets import hash_secret, matches, new_key, prefix_of, token_hash
from agro.access.who import SESSION_COOKIE, is_asked_here
from agro.errors import Forbidden
from agro.store import logbook, open_store, schema, writing
from agro.store.access import audit, sessions, users
from agro.store.access.users import User
from tests.agro.access import gardens
from tests.agro.access.gardens import FAR, NOW, OURS, THEIRS, Kept

FARMER = Actor("farmer@example.org", "", frozenset({"farmer"}), frozenset({OURS}))
HERE, ELSEWHERE = {"host": "127.0.0.1:8501"}, {"host": "gardens.example.org"}


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Engine, dict[str, Kept]]:
    url = f"sqlite:///{tmp_path}/agro.sqlite"
    held = gardens.fill(url)
    return open_store(url), held


def test_an_unknown_action_is_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"no action 'logbook\.read'"):
        may(SYSTEM, "logbook.read", OURS)


def test_contacts_are_the_citys_alone() -> None:
    assert not may(LOCAL, "report.contact")
    holders = {role for role, _ in RULES["report.contact"].items()}
    assert holders == {"official"}


def test_nobody_signed_in_writes_nothing() -> None:
    writes = [action for action in RULES if not action.startswith("page.")]
    assert not [action for action in writes if may(PUBLIC, action, OURS) or may(PUBLIC, action)]


@pytest.mark.parametrize("action", ["logbook.write", "figure.write", "trial.write"])
def test_a_farmer_writes_in_the_own_garden_not_for_the_city(action: str) -> None:
    assert may(FARMER, action, OURS)
    assert not may(FARMER, action, THEIRS)
    assert not may(FARMER, action)


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        ("city", False),
        ("commune:21231", False),
        (f"site:{THEIRS}", False),
        (f"plot:{THEIRS}/p1", False),
        (f"site:{OURS}", True),
        (f"plot:{OURS}/p1", True),
    ],
)
def test_a_farmer_sees_the_records_of_the_own_garden(scope: str, seen: bool) -> None:
    assert may_see_records(FARMER, scope) is seen


def test_a_write_and_its_row_stand_or_fall_together(kept: tuple[Engine, dict[str, Kept]]) -> None:
    engine, _ = kept
    with (
        pytest.raises(RuntimeError, match="on the way"),
        acting(engine, FARMER, "logbook.write", OURS, "noted") as c,
    ):
        logbook.note(c, gardens.entry(OURS, quantity=55.0))
        raise RuntimeError("on the way")
    with engine.connect() as c:
        assert audit.audited(c) == []
        noted = [one.entry.quantity for one in logbook.noted(c, site=OURS)]
    assert 55.0 not in noted


def test_what_touches_two_gardens_needs_both(kept: tuple[Engine, dict[str, Kept]]) -> None:
    engine, held = kept
    both = records.of_entries([held[OURS].entry, held[THEIRS].entry])
    with pytest.raises(Forbidden, match=THEIRS), acting(engine, FARMER, "logbook.write", both):
        pass
    with acting(engine, SYSTEM, "logbook.write", both, {"strike": 2}):
        pass
    with engine.connect() as c:
        told = audit.audited(c)
    assert [(one.site, one.what) for one in told] == [("", {"strike": 2, "sites": [OURS, THEIRS]})]


def test_an_entry_is_of_its_own_garden_whatever_is_claimed(
    kept: tuple[Engine, dict[str, Kept]],
) -> None:
    """A correction that names another garden needs that one too."""
    engine, held = kept
    claimed = records.of_entries([held[THEIRS].entry], OURS)
    with pytest.raises(Forbidden, match=THEIRS), acting(engine, FARMER, "logbook.write", claimed):
        pass


@pytest.mark.parametrize(
    "of",
    [
        records.of_entries([9999]),
        records.of_imports(9999),
        records.of_offer(9999),
        records.of_figures([9999]),
        records.of_survey(9999),
        records.of_sheet(9999),
        records.of_plot_value(9999),
    ],
)
def test_a_number_that_is_none_changes_nothing(
    of: records.Derived, kept: tuple[Engine, dict[str, Kept]]
) -> None:
    engine, _ = kept
    with pytest.raises(ValueError, match="9999"), acting(engine, SYSTEM, "logbook.write", of):
        pass
    with engine.connect() as c:
        assert audit.audited(c) == []


@pytest.mark.parametrize("site", [OURS, THEIRS])
def test_a_record_knows_its_garden(site: str, kept: tuple[Engine, dict[str, Kept]]) -> None:
    engine, held = kept
    own = held[site]
    every = (
        records.of_entries([own.entry, own.delivery]),
        records.of_imports(own.batch),
        records.of_offer(own.offer.number),
        records.of_figures([own.figure]),
        records.of_survey(own.draft),
        records.of_sheet(own.sheet),
        records.of_plot_value(own.plot_value),
        records.of_device(f"probe-{site}"),
    )
    with engine.connect() as c:
        assert {place for of in every for place in of(c)} == {site}


def test_a_store_without_accounts_is_open_on_its_own_machine_only(
    kept: tuple[Engine, dict[str, Kept]],
) -> None:
    engine, _ = kept
    assert actor_of(engine, cookies={}, headers=HERE) == LOCAL
    assert actor_of(engine, cookies={}, headers=ELSEWHERE) == PUBLIC
    with writing(engine) as c:
        users.save(c, User("a@example.org", "", frozenset({"farmer"}), NOW))
    assert actor_of(engine, cookies={}, headers=HERE) == PUBLIC


@pytest.mark.parametrize(
    ("headers", "is_here"),
    [
        ({}, True),
        (HERE, True),
        ({"Host": "localhost"}, True),
        ({"host": "[::1]:8501"}, True),
        (ELSEWHERE, False),
        ({"host": "192.168.1.5:8501"}, False),
        ({"host": "127.0.0.1.example.org"}, False),
        ({**HERE, "X-Forwarded-For": "203.0.113.4"}, False),
        ({**HERE, "forwarded": "for=203.0.113.4"}, False),
    ],
)
def test_a_proxy_or_another_name_is_not_this_machine(
    headers: dict[str, str], is_here: bool
) -> None:
    assert is_asked_here(headers) is is_here


def test_a_session_opens_until_it_ends_or_the_account_is_closed(
    kept: tuple[Engine, dict[str, Kept]],
) -> None:
    engine, _ = kept
    with writing(engine) as c:
        token = gardens.sign_in(c, "farmer")

    def who() -> Actor:
        return actor_of(engine, cookies={SESSION_COOKIE: token}, headers=ELSEWHERE)

    assert (who().email, who().sites) == ("farmer@example.org", {OURS})
    with engine.connect() as c:
        assert sessions.user_of(c, token_hash(token), at=FAR + timedelta(days=1)) is None
        row = users.user(c, "Farmer@Example.org")
    assert row is not None
    with writing(engine) as c:
        users.save(c, User(row.email, "", row.roles, NOW, row.sites, disabled=True))
    assert who() == PUBLIC
    with writing(engine) as c:
        users.save(c, row)
        users.set_password_hash(c, row.email, hash_secret("a new password"))
    assert who() == PUBLIC, "a new password ends the sessions"


def test_a_removed_account_leaves_no_session(kept: tuple[Engine, dict[str, Kept]]) -> None:
    engine, _ = kept
    with writing(engine) as c:
        gardens.sign_in(c, "farmer")
        assert users.remove(c, "FARMER@example.org")
        assert not users.remove(c, "farmer@example.org")
        assert c.scalar(select(func.count()).select_from(schema.app_session)) == 0


def test_secrets_are_kept_as_hashes() -> None:
    prefix, key = new_key()
    hashed = hash_secret(key)
    assert hashed.startswith("$argon2id$")
    assert prefix_of(key) == prefix
    assert matches(hashed, key)
    assert not matches(hashed, f"{key}x")
    assert not matches("", "")
    assert not matches("no hash", key)
    assert prefix_of("another") == ""
