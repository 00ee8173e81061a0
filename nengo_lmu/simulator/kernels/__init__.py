"""The compiled counterparts of Nengo's operators, one idea a file.

Each file holds kernels and, beside each, the entry that turns an operator into rows
of the table. Importing this package registers them all.
"""

from nengo_lmu.simulator.kernels import (
    basic,
    filters,
    learning,
    neurons,
    poisson,
    products,
    records,
)

__all__ = [
    "basic",
    "filters",
    "learning",
    "neurons",
    "poisson",
    "products",
    "records",
]
