"""Warm start of the server from which runs are forked; do not import it elsewhere.

It runs a small memory, so that imports and compiled kernels are available in every
forked process. This saves half a second per run, and many seconds where Numba cannot
cache its kernels.
"""

import nengo

from nengo_lmu.networks import SpikingMemory
from nengo_lmu.simulator import Simulator

with nengo.Network() as _network:
    SpikingMemory(4, 2, 1.0)
with Simulator(_network, progress_bar=False) as _simulator:
    _simulator.run_steps(1)
