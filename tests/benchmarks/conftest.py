"""What the benchmarks share with the collector's tests and with the pages'."""

from tests.agro.conftest import collectors, lse01, publish, register
from tests.browser.conftest import browser

__all__ = ["browser", "collectors", "lse01", "publish", "register"]
