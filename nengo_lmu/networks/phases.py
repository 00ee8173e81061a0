"""The voltages that neurons begin with."""

import nengo
import numpy as np


def in_phase(tuning, rng):
    """The LIF type of some neurons, their spikes spread evenly over their intervals.

    LIF neurons start with uniform voltages otherwise, which are no uniform phases: they
    fire in step for a second. Other types are returned as they are.

    Parameters
    ----------
    tuning : Tuning
    rng : RandomState

    Returns
    -------
    nengo.neurons.NeuronType
    """
    kind = tuning.neuron_type
    if type(kind) is not nengo.LIF:
        return kind
    rates = tuning.rates_at(np.zeros((1, len(tuning.gain))))
    rates = np.ravel(rates) / kind.amplitude
    phase = rng.rand(len(rates))
    firing = rates > 0
    elapsed = np.where(firing, phase / np.where(firing, rates, 1.0), 0.0)
    charged = -np.expm1(-np.maximum(elapsed - kind.tau_ref, 0) / kind.tau_rc)
    voltage = np.where(firing, tuning.bias * charged, phase)
    return nengo.LIF(
        tau_rc=kind.tau_rc,
        tau_ref=kind.tau_ref,
        min_voltage=kind.min_voltage,
        amplitude=kind.amplitude,
        initial_state={
            "voltage": np.clip(voltage, 0, 1),
            "refractory_time": np.where(
                firing, np.maximum(kind.tau_ref - elapsed, 0), 0
            ),
        },
    )
