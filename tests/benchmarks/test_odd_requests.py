"""Some thousands of odd requests to the public routes: how many a second, and the slowest."""

import random
import time
from collections import Counter

import pytest
from sqlalchemy import Engine

from tests.agro.server.http_fuzz import MOST_S, Target, fault
from tests.agro.server.test_http_fuzz import settle

REQUESTS = 4_000


def test_odd_requests(store: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    settle(store)
    target = Target(store.url.render_as_string(hide_password=False))
    luck, statuses, faults, slowest = random.Random(7), Counter[int](), [], (0.0, "")
    began = time.perf_counter()
    for _ in range(REQUESTS):
        asked = target.request(luck)
        answer = target.ask(asked)
        statuses[answer.status] += 1
        slowest = max(slowest, (answer.seconds, f"{asked.method} {asked.address[:120]}"))
        faults += [found] if (found := fault(asked, answer)) else []
    rate = REQUESTS / (time.perf_counter() - began)
    target.close()
    with capsys.disabled():
        told = ", ".join(f"{status} {count:,}" for status, count in statuses.most_common())
        print(f"\n{REQUESTS:,} odd requests, {rate:,.0f} a second on {store.dialect.name}: {told}")
        print(f"  the slowest: {slowest[0]:.2f} s of {MOST_S:g} s  {slowest[1]}")
    assert not faults, "\n".join(faults[:20])
