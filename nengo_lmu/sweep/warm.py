"""Import this where runs are forked from, and nowhere else: it runs a small memory.

What that imports, compiles or loads, every process that is forked afterwards has: half
a second for each run, many seconds where Numba cannot keep what it compiles.
"""

from functools import partial

import numpy as np

from nengo_lmu.experiments.memory_run import run_memory
from nengo_lmu.networks import SpikingMemory

run_memory(partial(SpikingMemory, 2, 1, 1.0), np.zeros(1), 0.001, backend="nengo-lmu")
