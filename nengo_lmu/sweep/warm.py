"""Import this where runs are forked from, and nowhere else: it runs a small memory.

What that imports, compiles or loads, every process that is forked afterwards has: half
a second for each run, many seconds where Numba cannot keep what it compiles.
"""

import nengo

from nengo_lmu.networks import SpikingMemory
from nengo_lmu.simulator import Simulator

with nengo.Network() as _network:
    SpikingMemory(2, 1, 1.0)
with Simulator(_network, progress_bar=False) as _simulator:
    _simulator.run_steps(1)
