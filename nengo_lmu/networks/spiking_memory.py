"""The memory in recurrently connected neurons."""

import nengo
import numpy as np
from nengo.dists import Uniform
from nengo.exceptions import ValidationError
from scipy.linalg import block_diag, solve_discrete_lyapunov

from nengo_lmu import checks
from nengo_lmu.chip.loop import close_loop
from nengo_lmu.decoding import NoiseAware, spike_variance
from nengo_lmu.expected import ExpectedState
from nengo_lmu.legendre import state_space
from nengo_lmu.lti import (
    RealPole,
    discretize,
    map_to_synapse,
    simulate,
    synapse_system,
)
from nengo_lmu.networks.memory import Memory, per_channel, seed_from_context
from nengo_lmu.networks.population import (
    N_STD,
    Population,
    Tuning,
    draw_encoders,
    draw_intercepts,
    gaussian_points,
    moves_matter,
    taking_turns,
)
from nengo_lmu.networks.window_output import window_output
from nengo_lmu.realization import Realization, best_tau, noise_gain
from nengo_lmu.responses import filtered, record
from nengo_lmu.signals import white_noise

LONGEST_ON_CHIP = 0.1
"""Longest recurrent time constant on the chip, in seconds, unless one is given.

Longer ones leave less noise, but a current that decays slowly is rounded at each step;
measured at order 6 and theta = 1 s."""

RATES_ON_CHIP = (250, 350)
"""Range of the rates on the chip, in Hz, unless others are given.

There regular spikes are all the noise: from 100 to 350 Hz it falls with the rate."""

CYCLES = 100
"""Periods of the highest frequency in the noise from which responses are recorded."""

INTERCEPTS_ON_CHIP = (-0.8, 0.8)
"""Range of even intercepts on the chip.

The weights of a block share their scale. A neuron with a high intercept needs large
ones, which would leave few bits to the others."""


class SpikingMemory(Memory):
    """The last ``theta`` seconds of a signal, held in neurons.

    The neurons are mapped onto the memory's equation by Principle 3 of the Neural
    Engineering Framework: in coordinates, with a synapse and with decoders that are
    chosen so that the noise of the spikes does the least to the decoded window. Nothing
    of nengo's global defaults is read or changed. The network is complete before it is
    built: `nengo_lmu.measure.predict` says its error at once.

    Parameters
    ----------
    n_neurons : int
        Neurons of one memory; ``n_channels`` memories have as many each. The error of
        Poisson neurons falls with its root, that of regular ones faster.
    theta : float
        Window in seconds, two time steps at least.
    order : int
        Number of Legendre polynomials, 1 to 1000. A window holds about order / pi
        periods of a sine; each polynomial takes neurons from the others.
    neuron_type : nengo.neurons.NeuronType, optional
        ``PoissonSpiking(LIFRate())`` by default. Decoders of LIF neurons count in that
        their rate leads a moving input.
    n_channels : int, optional
        Signals, each with a memory of its own in the same network.
    layout : {"array", "single"}, optional
        One population a dimension, or one population for all. An array costs O(m) and
        suits each of its neurons to one dimension; a single population can decode
        functions of the window itself (`add_output`).
    realization : {"min_noise", "balanced", "normalized", "legendre"}, optional
        Coordinates of the neurons, see `nengo_lmu.realization.Realization`. State is
        in Legendre coordinates with each.
    freq, rms : float, optional
        Band (Hz) and root mean square of the expected input. The neurons' range follows
        them: an input much larger saturates, one much smaller drowns in noise. By
        default order / (6 theta), about half of what the order can hold, and 0.5.
    sample : (n_steps,) array, optional
        An expected input, at steps of dt, two windows or longer, in place of ``freq``
        and ``rms``.
    radii : float or (order,) array, optional
        What the neurons' range is multiplied with, by default 1: 2.5 standard
        deviations.
    synapse : float or nengo.synapses.LinearFilter, optional
        The recurrent synapse; seconds stand for a lowpass. By default the lowpass that
        adds the least noise, of about 0.6 theta (on the chip 0.1 s at most); shorter
        ones add more.
    dt : float, optional
        Time step of the simulation, in seconds.
    max_rates : nengo.dists.Distribution or array, optional
        Rates at the end of the range, in Hz; 100 to 200 by default, on the chip 250 to
        350. Noise falls with the root of the rate. An array has a value for each neuron
        of a population.
    intercepts : nengo.dists.Distribution or array, optional
        Where neurons begin to fire, in parts of the range. By default distributed as
        the value itself, so that most neurons are sensitive where the value is most.
        An array as for ``max_rates``.
    solver : nengo.solvers.Solver, optional
        Of the decoders; `NoiseAware` by default.
    recorded : bool, optional
        Whether decoders are solved for responses recorded from spikes, to noise of the
        expected band, in place of rates. For LIF neurons with a lowpass; always on the
        chip. The error is up to a half smaller, above 200 Hz most of all; a second of
        building for each thousand neurons.
    on_chip : bool, optional
        Whether the network is for Loihi. If so, Poisson neurons are replaced by their
        regular twins, the pole of the synapse is that of the chip, and the neurons are
        connected by full weights, with no node between them. Run it under
        `nengo_lmu.loihi.Simulator` or ``nengo_loihi.Simulator``.
    seed : int, optional
        The same seed gives the same network. By default that of the enclosing network,
        if it has one, decides.
    label : str, optional
        Name of the network.

    Attributes
    ----------
    populations : list of Population
        ``order`` (or one) a channel: ensemble, tuning, decoders.
    realization : Realization
        Scaled: ``realization.transform @ m`` fills the populations' range.
    expected : ExpectedState
        What the network was laid out for.
    synapse : nengo.synapses.LinearFilter

    Raises
    ------
    ValidationError
        If an argument is out of its range, or the synapse cannot be mapped.

    Examples
    --------
    >>> with nengo.Network() as model:
    ...     stimulus = nengo.Node(nengo.processes.WhiteSignal(10, high=1, rms=0.5))
    ...     memory = SpikingMemory(600, theta=1.0, order=6, freq=1.0, seed=0)
    ...     nengo.Connection(stimulus, memory.input, synapse=None)
    ...     delayed = memory.add_delay(0.5)
    ...     probe = nengo.Probe(delayed)
    """

    def __init__(
        self,
        n_neurons,
        theta,
        order,
        *,
        neuron_type=None,
        n_channels=1,
        layout="array",
        realization="min_noise",
        freq=None,
        rms=0.5,
        sample=None,
        radii=1.0,
        synapse=None,
        dt=0.001,
        max_rates=None,
        intercepts=None,
        solver=None,
        recorded=False,
        on_chip=False,
        seed=None,
        label=None,
    ):
        seed = seed_from_context() if seed is None else seed
        super().__init__(theta, order, n_channels, dt, label, seed)
        if seed is not None:
            checks.integer(seed, 0, 2**32 - 1, "seed", self)
        self._n_neurons = checks.n_neurons(n_neurons, self.order, obj=self)
        self.layout = checks.one_of(layout, ("array", "single"), "layout", self)
        self.on_chip = bool(on_chip)
        self.recorded = bool(recorded) or self.on_chip
        if neuron_type is None:
            neuron_type = nengo.PoissonSpiking(nengo.LIFRate())
        if not isinstance(neuron_type, nengo.neurons.NeuronType) or isinstance(
            neuron_type, nengo.Direct
        ):
            allowed = "a nengo neuron type (not Direct; without neurons: IdealMemory)"
            checks.fail("neuron_type", allowed, neuron_type, self)
        self.neuron_type = regular_twin(neuron_type) if self.on_chip else neuron_type
        if sample is None:
            freq = self.order / (6 * self.theta) if freq is None else freq
            freq = checks.positive(freq, "freq", "Hz", self)
            rms = checks.positive(rms, "rms", obj=self)
            self.expected = ExpectedState.in_band(self.order, self.theta, freq, rms)
            if self.recorded:
                sample = white_noise(CYCLES / freq, freq, rms, dt=self.dt)
        else:
            self.expected = ExpectedState.from_sample(
                self.order, self.theta, sample, self.dt
            )
            sample = np.asarray(sample, dtype=float)
        self.synapse = self._synapse(synapse)
        if self.recorded and not self.on_chip:
            self._check_recorded()
        self.realization = self._realization(realization, radii)
        self._held = self._trajectory(sample) if self.recorded else None
        self.rng = np.random.RandomState(seed)
        if max_rates is None:
            max_rates = Uniform(*RATES_ON_CHIP) if self.on_chip else Uniform(100, 200)
        self.max_rates = max_rates
        self._intercepts = intercepts
        self.solver = self._solver(solver)
        self._populate()
        self._connect()

    def _synapse(self, synapse):
        if synapse is None:
            synapse = best_tau(self.expected.design, self.theta)
            if self.on_chip:
                synapse = min(synapse, LONGEST_ON_CHIP)
        if checks.is_number(synapse):
            synapse = nengo.Lowpass(checks.positive(synapse, "synapse", "s", self))
        if not isinstance(synapse, nengo.LinearFilter):
            allowed = "a time constant above 0 s or a nengo LinearFilter"
            checks.fail("synapse", allowed, synapse, self)
        if self.on_chip and not isinstance(synapse, nengo.Lowpass):
            checks.fail(
                "synapse", "a lowpass, which is all the chip has", synapse, self
            )
        # Whether it can be mapped is known only then; better before neurons are drawn.
        map_to_synapse(*state_space(self.order, self.theta), synapse, self.dt)
        return synapse

    def _check_recorded(self):
        if not moves_matter(self.neuron_type):
            checks.fail(
                "neuron_type", "nengo.LIF to be recorded", self.neuron_type, self
            )
        if not isinstance(self.synapse, nengo.Lowpass):
            checks.fail("synapse", "a lowpass to be recorded", self.synapse, self)

    def _tau(self):
        """Time constant of the lowpass that lets as much white noise pass, in s."""
        if isinstance(self.synapse, nengo.Lowpass):
            return self.synapse.tau
        F, g, c = synapse_system(self.synapse, self.dt)
        power = c @ solve_discrete_lyapunov(F, g @ g.T) @ c.T
        return self.dt / (2 * power.item())

    def add_output(self, function, n_points=50, *, n_neurons=None, synapse=0.05):
        """A node with a function of the window, decoded from neurons.

        From a population of its own, whose neurons see the whole window: those of the
        memory see one dimension each, and only sums of functions of one dimension
        could be decoded from them.

        Parameters
        ----------
        function : callable
            From the window, an array (n_points,), or (n_channels, n_points) for more
            than one channel, to a number or an array.
        n_points : int, optional
            Samples of the window; the first is the present, the last is theta ago.
        n_neurons : int, optional
            As many as the memory has, by default. A function that bends in many
            dimensions (a maximum) needs more of them than a power.
        synapse : float, optional
            Time constant of the output's lowpass, in seconds. Longer ones leave less
            of the spikes' noise and a longer lag.

        Returns
        -------
        nengo.Node
        """
        of_state, _ = self._window_function(function, n_points)
        n_neurons = self._n_neurons if n_neurons is None else n_neurons
        return window_output(
            self,
            of_state,
            checks.integer(n_neurons, attr="n_neurons", obj=self),
            checks.positive(synapse, "synapse", "s", self),
            getattr(function, "__name__", "output"),
        )

    @property
    def mapped_synapse(self):
        """What the recurrent synapse really is: on the chip its pole has 12 bits."""
        if self.on_chip:
            return RealPole.on_loihi(self.synapse.tau, self.dt)
        return self.synapse

    def _realization(self, name, radii):
        names = ("min_noise", "balanced", "normalized", "legendre")
        checks.one_of(name, names, "realization", self)
        make = getattr(Realization, name)
        if name in ("legendre", "normalized"):
            realization = make(self.order)
        else:
            gain = noise_gain(self.order, self.theta, self._tau())
            realization = make(self.expected.design, gain)
        radii = checks.array(radii, "radii", self)
        if radii.ndim > 1 or radii.size not in (1, self.order) or np.any(radii <= 0):
            allowed = f"one number above 0 or {self.order} of them"
            checks.fail("radii", allowed, radii, self)
        deviations = np.sqrt(np.diag(realization.covariance(self.expected.design)))
        return realization.scaled(N_STD * deviations * radii)

    def _solver(self, solver):
        if solver is None:
            return NoiseAware(self._tau(), spike_variance(self.neuron_type))
        if not isinstance(solver, nengo.solvers.Solver) or solver.weights:
            checks.fail("solver", "a nengo solver with weights=False", solver, self)
        return solver

    def _populate(self):
        """Draw the populations and solve for their decoders."""
        size = 1 if self.layout == "array" else self.order
        n_each, rest = divmod(self._n_neurons, self.order // size)
        self.populations = []
        for first in range(0, self.state.size_out, size):
            n = n_each + (first % self.order // size < rest)
            columns = slice(first, first + size)
            tuning = self._tuning(n, size)
            decoders, lead = self.decode(tuning, columns)
            ensemble = self._ensemble(tuning, label=f"x{len(self.populations)}")
            self.populations.append(
                Population(ensemble, tuning, decoders, lead, columns)
            )

    def _tuning(self, n, dimensions):
        intercepts = self._intercepts
        if intercepts is None:
            intercepts = draw_intercepts(n, self.rng)
            if self.on_chip:
                low, high = INTERCEPTS_ON_CHIP
                intercepts = np.linspace(low, high, n)[self.rng.permutation(n)]
        return Tuning.draw(
            draw_encoders(n, dimensions, self.rng),
            self.neuron_type,
            self.max_rates,
            intercepts,
            self.rng,
            lost=self.dt / 2 if self.on_chip else 0.0,
        )

    def decode(self, tuning, columns):
        """Decoders (n, size), and by how many seconds what they decode leads.

        Decoders of x + lead dx/dt, where that is easier than x alone: the recurrent
        transform takes the lead back.
        """
        if self.recorded:
            recorded, x, velocity = self._record(tuning, columns)

            def activities(part):
                return recorded[:, part]
        else:
            moving = moves_matter(self.neuron_type)
            x, velocity = self._eval_points(columns, moving)

            def activities(part):
                return tuning.part(part).rates(x, velocity)

        n = len(tuning.gain)
        if velocity is None:
            return self._solve(activities, n, x)[0], 0.0
        both, decoded = self._solve(activities, n, np.hstack([x, velocity]))
        of_x, of_velocity = np.hsplit(both, 2)
        # The cost of the targets y is y times its residual; a quadratic in the lead.
        decoded_x, decoded_velocity = np.hsplit(decoded, 2)
        lead = -np.sum(velocity * (x - decoded_x)) / np.sum(
            velocity * (velocity - decoded_velocity)
        )
        return of_x + lead * of_velocity, lead

    def _record(self, tuning, columns):
        """Responses to some of the x, the x and the velocities, all filtered."""
        first = columns.start % self.order
        columns = slice(first, first + columns.stop - columns.start)
        x, velocity = (values[:, columns] for values in self._held)
        if self.on_chip:
            pole = self.mapped_synapse.pole
        else:
            pole = np.exp(-self.dt / self.synapse.tau)
        return (
            record(tuning, x, pole, self.dt, self.on_chip),
            filtered(x, pole),
            filtered(velocity, pole),
        )

    def _trajectory(self, u):
        """What the neurons of a channel hold at an input u, and how it moves."""
        A, B = self.realization.system(*state_space(self.order, self.theta))
        x = simulate(*discretize(A, B, self.dt), u)
        x = np.vstack([np.zeros(self.order), x[:-1]])
        return x, x @ A.T + u[:, None] @ B.T

    def _solve(self, activities, n, targets):
        """Decoders, and what they decode; nengo's solvers take all neurons at once."""
        if isinstance(self.solver, NoiseAware):
            return self.solver.solve(activities, n, targets)
        whole = activities(slice(0, n))
        decoders, _ = self.solver(whole, targets, rng=self.rng)
        return decoders, whole @ decoders

    def _eval_points(self, columns, moving):
        """Values and velocities (None unless moving) of some of the x, each (n, size).

        Gaussian ones, which have room for the unexpected, and those of the sample.
        """
        transform = np.tile(self.realization.transform, (self.n_channels, 1))[columns]
        speed = np.sqrt(np.diag(transform @ self.expected.velocity @ transform.T))
        points = gaussian_points(len(transform) * (2 if moving else 1))
        x, velocity = points[:, : len(transform)], points[:, len(transform) :]
        # A stationary value and its velocity at the same time do not correlate.
        x, velocity = x / N_STD, velocity * speed if moving else None
        if self.expected.states is not None:
            x = np.vstack([x, self.expected.states @ transform.T])
            if moving:
                seen = self.expected.velocities @ transform.T
                velocity = np.vstack([velocity, seen])
        return x, velocity

    def _ensemble(self, tuning, label):
        n, dimensions = tuning.encoders.shape
        with self:
            return nengo.Ensemble(
                n,
                dimensions,
                encoders=tuning.encoders,
                normalize_encoders=False,
                gain=tuning.gain,
                bias=tuning.bias,
                neuron_type=self._in_phase(tuning),
                # Its decoders are solved for already; nengo draws no points for them.
                eval_points=np.zeros((1, dimensions)),
                radius=1.0,
                noise=None,
                label=label,
            )

    def _in_phase(self, tuning):
        """The neuron type, its spikes spread evenly over their intervals at the start.

        LIF neurons start with uniform voltages otherwise, which are no uniform phases:
        they fire in step for a second.
        """
        kind = self.neuron_type
        if type(kind) is nengo.SpikingRectifiedLinear and not self.on_chip:
            return taking_turns(kind, tuning)
        if type(kind) is not nengo.LIF or self.on_chip:
            return kind
        rates = tuning.rates_at(np.zeros((1, len(tuning.gain))))
        rates = np.ravel(rates) / kind.amplitude
        phase = self.rng.rand(len(rates))
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

    def transforms(self):
        """Recurrent and input transform of the neurons' x, from what is decoded.

        What is decoded is w = x + L dx/dt = (I + L A) x + L B u with the leads L, so
        x = (I + L A)^{-1} (w - L B u).

        Returns
        -------
        recurrent : (n_channels * order, n_channels * order) array
        drive : (n_channels * order, n_channels) array
        """
        A, B = self.realization.system(*state_space(self.order, self.theta))
        recurrent, drive = map_to_synapse(A, B, self.mapped_synapse, self.dt)
        leads = np.empty((self.n_channels * self.order, 1))
        for population in self.populations:
            leads[population.columns] = population.lead
        of_decoded, of_input = [], []
        for lead in np.split(leads, self.n_channels):
            back = recurrent @ np.linalg.inv(np.eye(self.order) + lead * A)
            of_decoded.append(back)
            of_input.append(drive - back @ (lead * B))
        return block_diag(*of_decoded), block_diag(*of_input)

    def _connect(self):
        recurrent, drive = self.transforms()
        with self:
            # nengo-loihi removes nodes without a function, and decoders with them.
            output = (lambda t, x: x) if self.on_chip else None
            decoded = nengo.Node(output, size_in=self.state.size_out, label="decoded")
            for population in self.populations:
                # From the neurons: what is decoded on the chip would be rounded.
                nengo.Connection(
                    population.ensemble.neurons,
                    decoded[population.columns],
                    transform=population.decoders.T,
                    synapse=None,
                )
            if self.on_chip:
                self._follow_from_host(decoded, recurrent, drive)
                close_loop(self, self._held[0])
            else:
                self._follow(decoded, recurrent)
                self._follow(self.input, drive)
                self._close_loop()

    def _follow(self, source, transform):
        """Let the state follow a source, given its transform in the neurons' x."""
        decode = per_channel(self.realization.inverse, self.n_channels)
        nengo.Connection(
            source, self.state, transform=decode @ transform, synapse=self.synapse
        )

    def _follow_from_host(self, decoded, recurrent, drive):
        """The state as a copy on the host, which sees spikes a step late.

        What they said is carried on by a step: w[k] = Ad w[k-1] + Bd u[k-1], for the
        decoded w = x + L dx/dt as well as for x.
        """
        system = self.realization.system(*state_space(self.order, self.theta))
        Ad, Bd = (
            per_channel(matrix, self.n_channels)
            for matrix in discretize(*system, self.dt)
        )
        before = nengo.Node(size_in=self.n_channels, label="input a step before")
        nengo.Connection(self.input, before, synapse=0)
        self._follow(decoded, recurrent @ Ad)
        self._follow(before, recurrent @ Bd)
        self._follow(self.input, drive)

    def _close_loop(self):
        encode = per_channel(self.realization.transform, self.n_channels)
        for population in self.populations:
            nengo.Connection(
                self.state,
                population.ensemble,
                transform=encode[population.columns],
                synapse=None,
            )


def regular_twin(neuron_type):
    """The neuron type of the chip that fires at the same rates as this one.

    Raises
    ------
    ValidationError
        If the chip has none.
    """
    kind = getattr(neuron_type, "base_type", neuron_type)
    if type(kind) in (nengo.LIFRate, nengo.LIF):
        return nengo.LIF(
            tau_rc=kind.tau_rc, tau_ref=kind.tau_ref, amplitude=kind.amplitude
        )
    if type(kind) in (nengo.RectifiedLinear, nengo.SpikingRectifiedLinear):
        return nengo.SpikingRectifiedLinear(amplitude=kind.amplitude)
    raise ValidationError(
        "must be LIF, SpikingRectifiedLinear or a type with the rates of one of them "
        f"for the chip, got {neuron_type}",
        "neuron_type",
    )
