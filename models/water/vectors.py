"""What compiled loops are made of: comparisons and powers that become vector instructions.

A compiled caller keeps a copy of these on disk until its own file changes: after a change here,
its VECTORS must follow.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

LANES = 128  # numbers a block works on at a time
STRIDE = LANES + 8  # between rows: a power of two would crowd them into a few cache sets
Array = NDArray[np.float64]
Number = TypeVar("Number", int, float)
Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compiled on first use, and kept on disk where the disk can be written.

    Each operation is rounded as written, so every compiled form gives the same bits.
    """
    return _jit(function)


def fused(function: Function) -> Function:
    """As `compiled`, products and sums in one step: for long series."""
    return _jit(function, fastmath={"contract"})


def _jit(function: Function, **options: Any) -> Function:
    options |= {"nogil": True, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder to keep it in: a read-only installation without a home
        return numba.njit(**options)(function)


def _reinterpreted(source: Any, target: Any) -> Callable[..., Any]:
    """A compiled function that reads the 64 bits of a number as those of another type."""

    def codegen(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], context.get_value_type(target))

    def typing(_context: Any, _value: Any) -> Any:
        return target(source), codegen

    return typing


_bits: Callable[[float], int] = intrinsic(_reinterpreted(types.float64, types.int64))
_number: Callable[[int], float] = intrinsic(_reinterpreted(types.int64, types.float64))


@compiled
def least(a: Number, b: Number) -> Number:
    return a if a < b else b


@compiled
def most(a: Number, b: Number) -> Number:
    return a if a > b else b


@compiled
def share(x: float) -> float:
    """x within 0 and 1."""
    return least(most(x, 0.0), 1.0)


@fused
def log2_ratio(a: float, b: float) -> float:
    """log₂(a/b) of positive normal numbers, to 1e-15: exponents by bits, the rest by atanh."""
    bits_a, bits_b = _bits(a), _bits(b)
    exponent = _number((bits_a >> 52) | 0x4330000000000000) - _number(
        (bits_b >> 52) | 0x4330000000000000
    )
    x = _number((bits_a & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000)
    y = _number((bits_b & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000)
    above, below = x > 1.4142135623730951 * y, y > 1.4142135623730951 * x
    exponent = exponent + (1.0 if above else 0.0) - (1.0 if below else 0.0)
    x, y = (0.5 * x if above else x), (0.5 * y if below else y)
    s = (x - y) / (x + y)
    q = s * s
    series = 1.0 / 17.0 + q * (1.0 / 19.0 + q * (1.0 / 21.0))
    series = 1.0 / 11.0 + q * (1.0 / 13.0 + q * (1.0 / 15.0 + q * series))
    series = 1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * series))
    series = 1.0 + q * (1.0 / 3.0 + q * series)
    return exponent + 2.8853900817779268 * s * series  # 2 / ln 2


@fused
def exp2(x: float) -> float:
    """2 to the power x, to 1e-15: whole powers by bits, the rest by Taylor's series."""
    shifted = least(most(x, -1000.0), 1000.0) + 6755399441055744.0  # 1.5 × 2⁵²: rounds
    t = (least(most(x, -1000.0), 1000.0) - (shifted - 6755399441055744.0)) * 0.6931471805599453
    series = 1.0 / 3628800.0 + t * (1.0 / 39916800.0 + t * (1.0 / 479001600.0))
    series = 1.0 / 5040.0 + t * (1.0 / 40320.0 + t * (1.0 / 362880.0 + t * series))
    series = 1.0 / 24.0 + t * (1.0 / 120.0 + t * (1.0 / 720.0 + t * series))
    series = 1.0 + t * (1.0 + t * (0.5 + t * (1.0 / 6.0 + t * series)))
    return _number((_bits(shifted) + 1023) << 52) * series


@fused
def acos(x: float) -> float:
    """Arc cosine to 1e-15: the rational form of fdlibm's e_asin.c, near ±1 by the half angle."""
    away = abs(x)
    near = away > 0.5
    y = np.sqrt((1.0 - away) * 0.5) if near else x
    q = y * y
    above = 2.01212532134862925881e-01 + q * (
        -4.00555345006794114027e-02
        + q * (7.91534994289814532176e-04 + q * 3.47933107596021167570e-05)
    )
    above = 1.66666666666666657415e-01 + q * (-3.25565818622400915405e-01 + q * above)
    below = 2.02094576023350569471e00 + q * (
        -6.88283971605453293030e-01 + q * 7.70381505559019352791e-02
    )
    below = 1.0 + q * (-2.40339491173441421878e00 + q * below)
    angle = y + y * (q * above / below)
    half = 2.0 * angle if x > 0.0 else np.pi - 2.0 * angle
    return half if near else np.pi / 2.0 - angle


@compiled
def copy(target: Array, source: Array, width: int) -> None:
    """The first `width` of `source` into `target`, whose other lanes repeat the last."""
    if width == LANES:
        for i in range(LANES):
            target[i] = source[i]
    else:
        for i in range(target.size):
            target[i] = source[least(i, width - 1)]


@compiled
def fill(target: Array, value: float) -> None:
    """One number for all lanes."""
    for i in range(LANES):
        target[i] = value


@compiled
def workspace(size: int) -> Array:
    """Room that begins on a cache line: a vector that crosses two costs twice."""
    room = np.empty(size + 8)
    skip = (-room.ctypes.data % 64) // 8
    return room[skip : skip + size]
