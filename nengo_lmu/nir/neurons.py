"""The LIF neurons of NIR's readers, as neuron types of Nengo."""

import nengo
import numpy as np

LOST = {"zero": 0.5, "subtract": 0.05}
"""Part of a step that a neuron loses at each spike, by the reset of the reader. One
that is set to zero drops what it has beyond the threshold, half a step of charging on
average. One that loses the threshold keeps it; measured at order 6, on seed 101 of
white noise: 0.0038 with 0.05 of a step, 0.0053 with 0.1, 0.0094 with 0.15."""


class SubtractingLIF(nengo.LIF):
    """LIF neurons that lose the threshold at a spike and have no refractory time.

    Readers of NIR whose neurons do so: Spyx, Rockpool, Sinabs, and Xylo itself.
    """

    def step(self, dt, J, output, voltage, refractory_time):
        """Charge by a step; at a spike subtract the threshold."""
        voltage -= (J - voltage) * np.expm1(-dt / self.tau_rc)
        spiked = voltage > 1
        output[:] = spiked * (self.amplitude / dt)
        voltage[spiked] -= 1


def design_neurons(tau_rc, reset, dt):
    """LIF neurons with the rates of a reader's, for which decoders are solved."""
    return nengo.LIF(tau_rc=tau_rc, tau_ref=LOST[reset] * dt)


def reader_neurons(tau_rc, reset):
    """Neurons that fire as those of a reader, started at rest."""
    kind = {"zero": nengo.LIF, "subtract": SubtractingLIF}[reset]
    return kind(
        tau_rc=tau_rc,
        tau_ref=0.0,
        min_voltage=-np.inf,
        initial_state={"voltage": nengo.dists.Choice([0.0])},
    )
