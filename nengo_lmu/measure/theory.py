"""The error of a memory before it is simulated, and the neurons that an error takes.

Two parts, both through the closed loop. The noise of the spikes is white where they are
Poisson; then the covariance of the state's error follows from a Lyapunov equation. The
distortion of the decoders moves as the state does, in its band.
"""

from dataclasses import dataclass

import numpy as np
from nengo.neurons import PoissonSpiking
from scipy.linalg import solve_discrete_lyapunov
from scipy.stats import norm

from nengo_lmu import checks
from nengo_lmu.decoding import spike_variance
from nengo_lmu.legendre import state_space
from nengo_lmu.lti import discretize
from nengo_lmu.networks.spiking_memory import SpikingMemory
from nengo_lmu.realization import window_metric


@dataclass(frozen=True)
class Prediction:
    """Errors of the decoded window, as the root mean square over its RMS.

    Parameters
    ----------
    nrmse : float
        Expected error: root of noise² + distortion².
    noise : float
        From the randomness of the spikes, or from there being whole spikes only.
    distortion : float
        From decoders that do not represent all values equally well.
    bound : float or None
        Least noise that the Fisher information of Poisson neurons allows with these
        tuning curves and this synapse, whatever the decoders (Cramér-Rao); None for
        other neurons.
    rms : float
        RMS of the ideal window, in units of the input: what the others are parts of.
    """

    nrmse: float
    noise: float
    distortion: float
    bound: float | None
    rms: float

    @property
    def rmse(self):
        """Expected error in units of the input."""
        return self.nrmse * self.rms


def predict(memory):
    """Expected error of a memory, without simulation.

    For inputs as it was laid out for. Measured over predicted is within 15 % for
    Poisson neurons from 1,000 on. For regular spikes it is an estimate: each neuron's
    count of spikes is within a half of its integrated rate, independently of others.

    Parameters
    ----------
    memory : SpikingMemory

    Returns
    -------
    Prediction
    """
    loop = _Loop(memory)
    power = np.sum(np.diag(memory.expected.covariance) * loop.metric)
    populations = range(memory.order if memory.layout == "array" else 1)
    noise = distortion = information = 0.0
    for k in populations:
        columns = memory._columns(k)
        x, weights = _points(memory, columns)
        rates = memory.tuning[k].rates(x)
        decoders = memory.decoders[k]
        noise += loop.noise(columns, *_spike_noise(memory, rates, decoders, weights))
        rest = rates @ decoders - x
        covariance = (rest * weights[:, None]).T @ rest
        distortion += loop.slow(columns, covariance)
        if isinstance(memory.neuron_type, PoissonSpiking):
            least = _least_noise(memory.tuning[k], x, weights)
            information += loop.white(columns, least)
    bound = None
    if isinstance(memory.neuron_type, PoissonSpiking):
        bound = float(np.sqrt(information / power))
    return Prediction(
        nrmse=float(np.sqrt((noise + distortion) / power)),
        noise=float(np.sqrt(noise / power)),
        distortion=float(np.sqrt(distortion / power)),
        bound=bound,
        rms=float(np.sqrt(power)),
    )
