"""The voltages that neurons begin with."""

import nengo
import numpy as np


def in_phase(tuning, rng, dt):
    """The type of some neurons, their spikes spread evenly over their intervals.

    LIF neurons start with uniform voltages otherwise, which are no uniform phases: they
    fire in step for a second. For SpikingRectifiedLinear see `taking_turns`. Other
    types are returned as they are.

    Parameters
    ----------
    tuning : Tuning
    rng : RandomState
    dt : float
        Time step in seconds.

    Returns
    -------
    nengo.neurons.NeuronType
    """
    kind = tuning.neuron_type
    if type(kind) is nengo.SpikingRectifiedLinear:
        return taking_turns(kind, tuning)
    if type(kind) is not nengo.LIF:
        return kind
    return at_phases(tuning, rng.rand(len(tuning.gain)), dt)


def at_phases(tuning, phase, dt):
    """The type of LIF neurons that begin at these parts of their intervals.

    Parameters
    ----------
    tuning : Tuning
    phase : (n,) array
        In [0, 1), of the interval between spikes where x is 0. Of a neuron that does
        not fire there, the voltage.
    dt : float
        Time step in seconds.

    Returns
    -------
    nengo.LIF
    """
    kind = tuning.neuron_type
    rates = tuning.rates_at(np.zeros((1, len(tuning.gain))))
    rates = np.ravel(rates) / kind.amplitude
    firing = rates > 0
    elapsed = np.where(firing, phase / np.where(firing, rates, 1.0), 0.0)
    charged = -np.expm1(-np.maximum(elapsed - kind.tau_ref, 0) / kind.tau_rc)
    voltage = np.where(firing, tuning.bias * charged, phase)
    # nengo takes a step off the refractory time before it looks at it.
    rest = np.where(firing & (elapsed < kind.tau_ref), kind.tau_ref - elapsed + dt, 0)
    return nengo.LIF(
        tau_rc=kind.tau_rc,
        tau_ref=kind.tau_ref,
        min_voltage=kind.min_voltage,
        amplitude=kind.amplitude,
        initial_state={"voltage": np.clip(voltage, 0, 1), "refractory_time": rest},
    )


def taking_turns(kind, tuning):
    """SpikingRectifiedLinear neurons that fire one after the other, if they are alike.

    Neurons of one dimension that share encoder, gain and bias integrate the same
    current. Started at even distances, they stay there, and the count of all their
    spikes is never off by more than one, where that of n neurons with random starts is
    off by the root of n: the error of the memory falls with n, not its root.

    Parameters
    ----------
    kind : nengo.SpikingRectifiedLinear
    tuning : Tuning

    Returns
    -------
    nengo.SpikingRectifiedLinear
        ``kind`` itself if neurons differ in more than the sign of their encoders, or
        have starts of their own.
    """
    encoders = tuning.encoders[:, 0]
    alike = np.ptp(tuning.gain) == np.ptp(tuning.bias) == np.ptp(np.abs(encoders)) == 0
    if tuning.encoders.shape[1] > 1 or not alike or kind.initial_state:
        return kind
    voltage = np.empty(len(encoders))
    for sign in (-1, 1):
        same = np.flatnonzero(np.sign(encoders) == sign)
        voltage[same] = (np.arange(len(same)) + 0.5) / max(len(same), 1)
    return nengo.SpikingRectifiedLinear(
        amplitude=kind.amplitude, initial_state={"voltage": voltage}
    )
