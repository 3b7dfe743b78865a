"""What the benchmarks share with the collector's tests."""

from tests.agro.conftest import collectors, lse01, publish, register

__all__ = ["collectors", "lse01", "publish", "register"]
