"""The arithmetic of the kernels is that of nengo-loihi, for every 32-bit integer."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nengo_lmu.loihi import compatibility as compat_loihi
from nengo_lmu.loihi.kernels import Q_BITS, U_BITS, decayed, overflows, wrap
from nengo_lmu.simulator.compiled import compiled

discretize = compat_loihi.load().builder.discretize

int32 = st.integers(-(2**31), 2**31 - 1).map(np.int32)


def array(x):
    return np.array([x], dtype=np.int32)


@pytest.mark.parametrize("bits", [Q_BITS, U_BITS])
@given(x=int32)
@example(x=np.int32(2**21))
@example(x=np.int32(-(2**23) - 1))
def test_registers(bits, x):
    wrapped, overflowed = discretize.overflow_signed(array(x), bits=bits)
    assert wrap(x, bits) == wrapped[0]
    assert overflows(x, bits) == overflowed[0]


@given(x=int32, decay=st.integers(0, 4096).map(np.int32), offset=st.integers(0, 1))
@example(x=np.int32(-(2**31)), decay=np.int32(0), offset=0)
def test_decay(x, decay, offset):
    expected = discretize.decay_int(array(x), array(decay), offset=offset)
    assert decayed(x, decay + offset) == expected[0]


def test_compiles_where_nothing_can_be_kept():
    """A function that is in no file has no place for a cache beside it."""
    namespace = {}
    exec("def double(x): return 2 * x", namespace)
    assert compiled(namespace["double"])(3) == 6
