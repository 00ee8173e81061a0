"""The compiled counterparts of Nengo's operators.

The files are named as those of `nengo.builder`. Each contains kernels and, beside each
kernel, the function that turns an operator into rows of the table. Importing this
package registers all of them.
"""

from nengo_lmu.simulator.kernels import (
    events,
    learning_rules,
    lif,
    neurons,
    operator,
    poisson,
    probe,
    processes,
)

__all__ = [
    "events",
    "learning_rules",
    "lif",
    "neurons",
    "operator",
    "poisson",
    "probe",
    "processes",
]
