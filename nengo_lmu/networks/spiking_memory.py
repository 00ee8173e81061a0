"""The memory in recurrently connected neurons."""

import nengo
import numpy as np
from nengo.dists import Uniform
from nengo.exceptions import ValidationError
from scipy.linalg import block_diag, solve_discrete_lyapunov

from nengo_lmu import checks
from nengo_lmu.design.decoders import NoiseAware, spike_variance
from nengo_lmu.design.phases import in_phase
from nengo_lmu.design.recordings import Recording, expected_noise
from nengo_lmu.design.state_statistics import ExpectedState
from nengo_lmu.design.tuning import (
    N_STD,
    Loop,
    Population,
    Tuning,
    draw_encoders,
    draw_intercepts,
    gaussian_points,
    join,
    moves_matter,
)
from nengo_lmu.loihi.layout import close_loop, spike_lines
from nengo_lmu.loihi.rounding import friction
from nengo_lmu.networks.memory import Memory, per_channel, seed_from_context
from nengo_lmu.networks.window_output import window_output
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.theory.lti import RealPole, discretize, map_to_synapse, synapse_system
from nengo_lmu.theory.realizations import Realization, best_tau, noise_gain

LONGEST_ON_CHIP = 0.1
"""Longest recurrent time constant on the chip, in seconds, unless one is given.

Longer ones leave less noise, but a current that decays slowly is rounded at each step;
measured at order 6 and theta = 1 s."""

RATES_ON_CHIP = (250, 350)
"""Range of the rates on the chip, in Hz, unless others are given.

There regular spikes are all the noise: from 100 to 350 Hz it falls with the rate."""

INTERCEPTS_ON_CHIP = (-0.8, 0.8)
"""Range of even intercepts on the chip.

The weights of a block share their scale. A neuron with a high intercept needs large
ones, which would leave few bits to the others."""

ROOM_ON_CHIP = 1.25
"""How much larger an input the neurons on the chip are laid out and recorded for.

There regular neurons have two or three rates near the end of their range: intervals are
whole steps. Values out there cost more than the noise of a larger range; measured from
1 to 1.8."""

LOOP_ON_CHIP = 100
"""Neurons of a dimension in one loop on the chip, at most, unless loops are given.

Larger loops err less, as the square root of their size and a little more, and have as
many more synapses."""


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
    order : int
        Number of Legendre polynomials, 1 to 1000. A window holds about order / pi
        periods of a sine; each polynomial takes neurons from the others.
    theta : float
        Window in seconds, two time steps at least.
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
        Coordinates of the neurons, see `nengo_lmu.theory.realizations.Realization`.
        State is in Legendre coordinates with each.
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
        connected by full weights, with no node between them, in loops. Run it under
        `nengo_lmu.loihi.Simulator` or ``nengo_loihi.Simulator``.
    n_loops : int, optional
        Loops that a channel's neurons are dealt out to on the chip. Neurons of a loop
        are connected by full weights, with those of others not at all; the state is the
        mean of all loops. By default as many as hold 100 neurons a dimension each,
        so that m neurons have O(m order) weights. One loop has m² and a smaller error.
    seed : int, optional
        The same seed gives the same network. By default that of the enclosing network,
        if it has one, decides.
    label : str, optional
        Name of the network.

    Attributes
    ----------
    loops : list of Loop
        One a channel, on the chip as many as there are.
    populations : list of Population
        ``order`` (or one) a loop: ensemble, tuning, decoders.
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
        order,
        theta,
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
        n_loops=None,
        seed=None,
        label=None,
    ):
        seed = seed_from_context() if seed is None else seed
        super().__init__(order, theta, n_channels, dt, label, seed)
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
        room = ROOM_ON_CHIP if self.on_chip else 1.0
        if sample is None:
            freq = self.order / (6 * self.theta) if freq is None else freq
            freq = checks.positive(freq, "freq", "Hz", self)
            rms = room * checks.positive(rms, "rms", obj=self)
            self.expected = ExpectedState.in_band(self.order, self.theta, freq, rms)
        else:
            sample = room * checks.array(sample, "sample", self)
            self.expected = ExpectedState.from_sample(
                self.order, self.theta, sample, self.dt
            )
        self.synapse = self._synapse(synapse)
        if self.recorded and not self.on_chip:
            self._check_recorded()
        self._coordinates = realization, radii
        self.realization = self._realization()
        self._band = freq, rms
        self._sample = sample
        if self.recorded:
            self._recording = self._record(self.realization)
        self.rng = np.random.RandomState(seed)
        if max_rates is None:
            max_rates = Uniform(*RATES_ON_CHIP) if self.on_chip else Uniform(100, 200)
        self.max_rates = max_rates
        self._intercepts = intercepts
        self.solver = self._solver(solver)
        self.loops = []
        n_loops = self._n_loops(n_loops)
        with self:
            if self.on_chip:
                self._build_on_chip(n_loops)
            else:
                self._build()

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
    def populations(self):
        """Those of all loops, a list of `Population`."""
        return [population for loop in self.loops for population in loop.populations]

    @property
    def mapped_synapse(self):
        """What the recurrent synapse really is: on the chip its pole has 12 bits."""
        if self.on_chip:
            return RealPole.on_loihi(self.synapse.tau, self.dt)
        return self.synapse

    def _realization(self, rng=None):
        name, radii = self._coordinates
        names = ("min_noise", "balanced", "normalized", "legendre")
        checks.one_of(name, names, "realization", self)
        make = getattr(Realization, name)
        if name in ("legendre", "normalized"):
            realization = make(self.order)
        else:
            gain = noise_gain(self.order, self.theta, self._tau())
            rotated = {"rng": rng} if name == "min_noise" else {}
            realization = make(self.expected.design, gain, **rotated)
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

    def _n_loops(self, n_loops):
        if n_loops is None:
            each = LOOP_ON_CHIP * self.order if self.on_chip else self._n_neurons
            return -(-self._n_neurons // each)
        most = max(1, self._n_neurons // self.order) if self.on_chip else 1
        return checks.integer(n_loops, 1, most, "n_loops", self)

    def _shares(self, n_neurons):
        """The dimensions of each population of a loop, and how many neurons it has."""
        size = 1 if self.layout == "array" else self.order
        for k, n in enumerate(_share(n_neurons, self.order // size)):
            yield slice(k * size, (k + 1) * size), n

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

    def decode(self, tuning, columns, responses=None):
        """Decoders (n, size), and by how many seconds what they decode leads.

        Decoders of x + lead dx/dt, where that is easier than x alone: the recurrent
        transform takes the lead back.

        Parameters
        ----------
        tuning : Tuning
        columns : slice
            Which dimensions of x the neurons see.
        responses : array, optional
            Recorded from these neurons, if they are known already.
        """
        if self.recorded:
            recording = self._recording
            if responses is None:
                responses = recording.responses(tuning, columns)
            x, velocity = recording.x[:, columns], recording.velocity[:, columns]

            def activities(part):
                return responses[:, part]
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

    def _record(self, realization, seed=0):
        sample = self._sample
        if sample is None:
            sample = expected_noise(*self._band, self.dt, seed)
        return Recording(
            realization,
            self.order,
            self.theta,
            sample,
            self.mapped_synapse,
            self.dt,
            self.on_chip,
        )

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
        transform = self.realization.transform[columns]
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

    def transforms(self, loop):
        """Recurrent and input transform of a loop's x, from what is decoded.

        What is decoded is w = x + L dx/dt = (I + L A) x + L B u with the leads L, so
        x = (I + L A)^{-1} (w - L B u).

        Parameters
        ----------
        loop : Loop

        Returns
        -------
        recurrent : (order, order) array
        drive : (order, 1) array
        """
        A, B = loop.realization.system(*state_space(self.order, self.theta))
        recurrent, drive = map_to_synapse(A, B, self.mapped_synapse, self.dt)
        leads = np.empty((self.order, 1))
        for population in loop.populations:
            leads[population.columns] = population.lead
        back = recurrent @ np.linalg.inv(np.eye(self.order) + leads * A)
        return back, drive - back @ (leads * B)

    def _build(self):
        """A loop a channel, closed through the state; an ensemble a population."""
        for channel in range(self.n_channels):
            loop = Loop(channel, self.realization)
            for columns, n in self._shares(self._n_neurons):
                tuning = self._tuning(n, columns.stop - columns.start)
                decoders, lead = self.decode(tuning, columns)
                kind = in_phase(tuning, self.rng)
                ensemble = self._ensemble(tuning, kind, f"x{columns.start}")
                loop.populations.append(
                    Population(ensemble, 0, tuning, decoders, lead, columns)
                )
            self.loops.append(loop)
        decoded = nengo.Node(size_in=self.state.size_out, label="decoded")
        for loop in self.loops:
            for population in loop.populations:
                # From the neurons: decoders of an ensemble would be solved for again.
                nengo.Connection(
                    population.ensemble.neurons,
                    decoded[self._rows(loop, population)],
                    transform=population.decoders.T,
                    synapse=None,
                )
        recurrent, drive = zip(*map(self.transforms, self.loops), strict=True)
        decode = per_channel(self.realization.inverse, self.n_channels)
        self._follow(decoded, decode @ block_diag(*recurrent))
        self._follow(self.input, decode @ block_diag(*drive))
        encode = per_channel(self.realization.transform, self.n_channels)
        for loop in self.loops:
            for population in loop.populations:
                nengo.Connection(
                    self.state,
                    population.ensemble,
                    transform=encode[self._rows(loop, population)],
                    synapse=None,
                )

    def _rows(self, loop, population):
        """Where a population's x is among that of all channels."""
        first, columns = loop.channel * self.order, population.columns
        return slice(first + columns.start, first + columns.stop)

    def _follow(self, source, transform=1.0):
        """Let the state follow a source."""
        nengo.Connection(source, self.state, transform=transform, synapse=self.synapse)

    def _build_on_chip(self, n_loops):
        """Loops that are closed on the chip; the state is the mean of theirs.

        It is a copy on the host, which sees spikes a step late. What they said is
        carried on by a step: w[k] = Ad w[k-1] + Bd u[k-1], for the decoded
        w = x + L dx/dt as well as for x.
        """
        system = state_space(self.order, self.theta)
        # With a function: nengo-loihi removes nodes that have none, and decoders with
        # them.
        said = nengo.Node(lambda t, x: x, size_in=self.state.size_out, label="said")
        before = nengo.Node(size_in=self.n_channels, label="input a step before")
        nengo.Connection(self.input, before, synapse=0)
        of_input, of_before = np.zeros((2, self.state.size_out, self.n_channels))
        for channel in range(self.n_channels):
            rows = slice(channel * self.order, (channel + 1) * self.order)
            lines = spike_lines(self, channel)
            for n in _share(self._n_neurons, n_loops):
                loop, responses = self._loop_on_chip(channel, n)
                recurrent, drive = self.transforms(loop)
                close_loop(self, loop, recurrent, drive, lines, responses)
                Ad, Bd = discretize(*loop.realization.system(*system), self.dt)
                decode = loop.realization.inverse / n_loops
                nengo.Connection(
                    loop.populations[0].ensemble.neurons,
                    said[rows],
                    transform=decode @ recurrent @ Ad @ loop.decoders.T,
                    synapse=None,
                )
                of_input[rows, channel] += (decode @ drive)[:, 0]
                of_before[rows, channel] += (decode @ recurrent @ Bd)[:, 0]
                self.loops.append(loop)
        self._follow(said)
        self._follow(before, of_before)
        self._follow(self.input, of_input)

    def _loop_on_chip(self, channel, n_neurons):
        """A loop whose populations share an ensemble, and its neurons' responses.

        An ensemble is a core, or several that it fills: small populations on cores of
        their own would leave them empty.
        """
        realization = self.realization
        if self.loops:
            # In other coordinates, and to other noise: what errors the loops have in
            # common would not average out.
            realization = self._realization(self.rng)
            self._recording = self._record(realization, seed=len(self.loops))
        drawn = [
            (columns, self._tuning(n, columns.stop - columns.start))
            for columns, n in self._shares(n_neurons)
        ]
        together = join([tuning for _, tuning in drawn])
        lost = friction(
            np.max(np.abs(together.bias)),
            self.mapped_synapse.pole,
            self.neuron_type,
            self.dt,
        )
        label = f"loop {len(self.loops)}"
        ensemble = self._ensemble(together, self.neuron_type, label)
        loop, responses, first = Loop(channel, realization), [], 0
        for columns, tuning in drawn:
            responses.append(self._recording.responses(tuning, columns, lost))
            decoders, lead = self.decode(tuning, columns, responses[-1])
            loop.populations.append(
                Population(ensemble, first, tuning, decoders, lead, columns)
            )
            first += len(decoders)
        return loop, np.hstack(responses)

    def _ensemble(self, tuning, neuron_type, label):
        n, dimensions = tuning.encoders.shape
        return nengo.Ensemble(
            n,
            dimensions,
            encoders=tuning.encoders,
            normalize_encoders=False,
            gain=tuning.gain,
            bias=tuning.bias,
            neuron_type=neuron_type,
            # Its decoders are solved for already; nengo draws no points for them.
            eval_points=np.zeros((1, dimensions)),
            radius=1.0,
            noise=None,
            label=label,
        )


def _share(n, parts):
    """n in so many parts, as even as can be."""
    each, rest = divmod(n, parts)
    return [each + (k < rest) for k in range(parts)]


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
