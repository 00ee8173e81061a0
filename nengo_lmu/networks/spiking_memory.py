"""A memory in recurrently connected neurons."""

from collections.abc import Callable
from typing import Any, Self

import nengo
import numpy as np
from nengo.exceptions import ValidationError
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import block_diag

from nengo_lmu import checks
from nengo_lmu.design.choices import Choices
from nengo_lmu.design.designer import design_memory
from nengo_lmu.design.memory_design import MemoryDesign
from nengo_lmu.networks.memory import Memory, seed_from_context
from nengo_lmu.networks.population import ensemble_of
from nengo_lmu.networks.window_output import WindowOutput, window_output


class SpikingMemory(Memory):
    """Memory of the last ``theta`` seconds of a signal in spiking neurons.

    Principle 3 of the Neural Engineering Framework maps the equation of the memory
    onto recurrently connected neurons. Coordinates, synapse and decoders are chosen to
    minimize the effect of spike noise on the decoded window. The defaults of nengo's
    configuration are neither read nor changed. `nengo_lmu.predict` gives the expected
    error without a simulation.

    Parameters
    ----------
    n_neurons : int
        Number of neurons of each channel. The error of Poisson neurons falls with its
        square root, that of regular neurons faster.
    order : int
        Number of Legendre polynomials, 1 to 1000. A window can contain about
        order / pi periods of a sine; the polynomials share the neurons.
    theta : float
        Window in seconds, at least two time steps.
    neuron_type : nengo.neurons.NeuronType, optional
        ``PoissonSpiking(LIFRate())`` by default. A target without this type uses its
        own neurons with the same rates, and warns.
    n_channels : int, optional
        Number of signals, each with its own neurons.
    freq, rms : float or (n_channels,) array, optional
        Band (Hz) and root mean square of the expected input, which set the radius of
        the neurons: a much larger input saturates, a much smaller one is lost in noise.
        By default order / (6 theta), about half of what the order can represent, and
        0.5.
    sample : (n_steps,) or (n_steps, n_channels) array, optional
        A sample of the expected input at steps of dt, at least two windows long. It
        replaces ``freq`` and ``rms``.
    dt : float, optional
        Time step of the simulation, in seconds.
    seed : int, optional
        The same seed gives the same network. By default it is derived from that of the
        enclosing network.
    label : str, optional
        Name of the network.
    **choices
        Further choices of the design (realization, synapse, rates, solver, ...), see
        `nengo_lmu.design_memory`.

    Attributes
    ----------
    design : MemoryDesign
        All numbers of the memory: coordinates, tuning curves, decoders, transforms.
    neurons : list of nengo.ensemble.Neurons
        Neurons of each population, to connect and to probe.
    loop_objects : frozenset
        Ensembles, nodes and connections of the recurrent loop. A target with another
        layout replaces them.
    spike_counts : list of nengo.Node
        Nodes added by `add_spike_count`.
    outputs : list of WindowOutput
        Results of `add_output`: ``node``, ``design`` and expected ``error`` of each.

    Raises
    ------
    ValidationError
        If an argument is out of range, or the synapse cannot be mapped. Nothing is then
        added to the enclosing network.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import nengo
    >>> import nengo_lmu
    >>> with nengo.Network(seed=0) as model:
    ...     noise = nengo.processes.WhiteSignal(10, high=1, rms=0.5, seed=1)
    ...     stimulus = nengo.Node(noise)
    ...     memory = nengo_lmu.SpikingMemory(600, order=6, theta=1.0, freq=1.0)
    ...     _ = nengo.Connection(stimulus, memory.input, synapse=None)
    ...     now, delayed = nengo.Probe(stimulus), nengo.Probe(memory.add_delay(0.5))
    >>> with nengo_lmu.Simulator(model, progress_bar=False) as simulator:
    ...     simulator.run(4.0)
    >>> _ = plt.plot(simulator.trange(), simulator.data[now], label="input")
    >>> _ = plt.plot(simulator.trange(), simulator.data[delayed], label="0.5 s ago")
    >>> _ = plt.legend()
    """

    def __init__(
        self,
        n_neurons: int,
        order: int,
        theta: float,
        *,
        neuron_type: nengo.neurons.NeuronType | None = None,
        n_channels: int = 1,
        freq: ArrayLike | None = None,
        rms: ArrayLike | None = None,
        sample: ArrayLike | None = None,
        dt: float = 0.001,
        seed: int | None = None,
        label: str | None = None,
        **choices: Any,
    ) -> None:
        seed = seed_from_context() if seed is None else seed
        choices |= {"neuron_type": neuron_type, "n_channels": n_channels}
        choices |= {"freq": freq, "rms": rms, "sample": sample, "dt": dt, "seed": seed}
        try:
            design = design_memory(n_neurons, order, theta, **choices)
        except ValidationError as error:
            if error.obj is Choices:
                error.obj = type(self)
            raise
        self._wire(design, label)

    @classmethod
    def from_design(cls, design: MemoryDesign, label: str | None = None) -> Self:
        """Make the network of a design.

        Parameters
        ----------
        design : MemoryDesign
        label : str, optional
            Name of the network.

        Returns
        -------
        SpikingMemory

        Examples
        --------
        >>> design = nengo_lmu.design_memory(120, order=3, theta=0.5, seed=0)
        >>> nengo_lmu.SpikingMemory.from_design(design).design is design
        True
        """
        memory = cls.__new__(cls)
        memory._wire(design, label)
        return memory

    def _wire(self, design, label):
        """Connect a recurrent loop for each channel, through the state."""
        shape = design.order, design.theta, design.n_channels, design.dt
        super().__init__(*shape, label, design.choices.seed)
        self._design = design
        with self:
            ensembles = [
                ensemble_of(p.tuning, p.neuron_type, f"x{p.columns.start}")
                for p in design.populations
            ]
            self._neurons = [ensemble.neurons for ensemble in ensembles]
            rows = [_rows(loop, p) for loop in design.loops for p in loop.populations]
            decoded = nengo.Node(size_in=self.state.size_out, label="decoded")
            for neurons, p, at in zip(
                self._neurons, design.populations, rows, strict=True
            ):
                # From the neurons: nengo would solve for decoders of an ensemble.
                nengo.Connection(
                    neurons, decoded[at], transform=p.decoders.T, synapse=None
                )
            arrivals = self._close(design, decoded)
            encode = block_diag(*(loop.realization.transform for loop in design.loops))
            for ensemble, at in zip(ensembles, rows, strict=True):
                nengo.Connection(
                    self.state, ensemble, transform=encode[at], synapse=None
                )
        # Read-outs that are added later are not part of the loop.
        self._loop_objects = {*ensembles, decoded, *arrivals, *self.connections}
        self._spike_counts, self._outputs = [], []

    def _close(self, design, decoded):
        """Connections through each synapse; nodes in which they arrive, if several.

        No node has more than two inputs: a sum of two is the same in either order, one
        of more is not to the last digit.
        """
        paths = list(_paths(design))
        arrivals = []
        for synapse, recurrent, drive in paths:
            target = self.state
            if len(paths) > 1:
                label = f"from {synapse}"
                target = nengo.Node(size_in=self.state.size_in, label=label)
                arrivals.append(target)
            for source, transform in ((decoded, recurrent), (self.input, drive)):
                nengo.Connection(source, target, transform=transform, synapse=synapse)
        ends = list(arrivals)
        while len(ends) > 2:
            both = nengo.Node(size_in=self.state.size_in, label="sum")
            arrivals.append(both)
            for node in ends[:2]:
                nengo.Connection(node, both, synapse=None)
            ends = [both, *ends[2:]]
        for node in ends:
            nengo.Connection(node, self.state, synapse=None)
        return arrivals

    @property
    def design(self) -> MemoryDesign:
        return self._design

    @property
    def neurons(self) -> list:
        return list(self._neurons)

    @property
    def loop_objects(self) -> frozenset:
        return frozenset(self._loop_objects)

    @property
    def spike_counts(self) -> list:
        return list(self._spike_counts)

    @property
    def outputs(self) -> list[WindowOutput]:
        return list(self._outputs)

    def add_output(
        self,
        function: Callable[[NDArray], ArrayLike],
        n_points: int = 50,
        *,
        n_neurons: int | None = None,
        synapse: float | nengo.synapses.LinearFilter | None = None,
    ) -> nengo.Node:
        """A node that outputs a function of the window, decoded from neurons.

        Constant and linear part of the function are read from the state; a linear
        function takes no neurons. The rest is decoded from neurons that see what it
        depends on, found from its slopes at expected windows: a population of its own,
        or, with ``layout="single"`` and one channel, the neurons of the memory. They
        see the state that is expected a lag ahead, and their spikes pass a filter that
        delays by this lag, so the output is the function of the present window.

        The expected error is ``memory.outputs[-1].error``. It holds for inputs as the
        memory is designed for; rare large events err by more.

        On a chip the population stays on the host, where the state is. A memory with
        ``layout="single"`` has other neurons there: give ``n_neurons``.

        Parameters
        ----------
        function : callable
            From the window, an array (n_points,), or (n_channels, n_points) for more
            than one channel, to a number or an array. It is called some ten thousand
            times, now and not during the simulation.
        n_points : int, optional
            Samples of the window; the first is the present, the last is theta ago.
        n_neurons : int, optional
            Of a population for this output; as many as the memory has, by default. A
            function that bends in many dimensions (a maximum) needs more of them than
            one that bends in few (a product).
        synapse : float or nengo.synapses.LinearFilter, optional
            Filter of the output; a number is the time constant of a lowpass in seconds.
            The output is then the function behind this filter, lag included. By
            default the filter is chosen, and its lag made up for.

        Returns
        -------
        nengo.Node

        Raises
        ------
        ValidationError
            If an argument is out of its range, or the function fails or is not finite
            for an expected window. Nothing is then added to the network.

        Examples
        --------
        >>> memory = nengo_lmu.SpikingMemory(600, order=6, theta=1.0, freq=1.0, seed=0)
        >>> loudness = memory.add_output(lambda window: np.sqrt(np.mean(window**2)))
        >>> 0 < memory.outputs[-1].error.total < 0.1
        True
        """
        of_state = self._window_function(function, n_points)
        if n_neurons is not None:
            n_neurons = checks.integer(n_neurons, attr="n_neurons", obj=self)
        if checks.is_number(synapse):
            synapse = nengo.Lowpass(checks.positive(synapse, "synapse", "s", self))
        elif synapse is not None and not isinstance(synapse, nengo.LinearFilter):
            allowed = "a time constant above 0 s or a nengo LinearFilter"
            checks.fail("synapse", allowed, synapse, self)
        output = window_output(self, of_state, n_neurons, synapse)
        self._outputs.append(output)
        return output.node

    def add_spike_count(self) -> nengo.Node:
        """Add a node that outputs the number of spikes of all neurons at each step.

        The node is added to the enclosing network, so that the seeds of the objects of
        the memory do not change.

        Returns
        -------
        nengo.Node
            Size 1.

        Examples
        --------
        >>> with nengo.Network() as model:
        ...     memory = nengo_lmu.SpikingMemory(120, order=3, theta=0.5, seed=0)
        ...     spikes = nengo.Probe(memory.add_spike_count())
        """
        count = nengo.Node(size_in=1, label="spikes")
        made = [count_spikes(neurons, count, self.dt) for neurons in self._neurons]
        self._loop_objects.update(made)
        self._spike_counts.append(count)
        return count

    def __repr__(self):
        label = f' "{self.label}"' if self.label else ""
        return f"<{type(self).__name__}{label}: {self.design!r}>"


def count_spikes(neurons, count, dt):
    """Connect neurons to a node that counts their spikes at each step."""
    height = getattr(neurons.ensemble.neuron_type, "amplitude", 1.0) / dt
    each = np.full((1, neurons.size_out), 1 / height)
    return nengo.Connection(neurons, count, transform=each, synapse=None)


def _rows(loop, population):
    """Rows of a population in the coordinates x of all channels."""
    first, columns = loop.channel * len(loop.drive), population.columns
    return slice(first + columns.start, first + columns.stop)


def _paths(design):
    """Synapses and transforms of the connections that close the loops of a design."""
    loops = design.loops
    zero = [0 * loops[0].recurrent, 0 * loops[0].drive]
    first = [[loop.recurrent, loop.drive] for loop in loops]
    found = {None: (design.synapse, first)}
    for k, loop in enumerate(loops):
        for path in loop.fast:
            synapse = path.synapse
            _, pairs = found.setdefault(synapse.tau, (synapse, [zero] * len(loops)))
            pairs[k] = [path.recurrent, path.drive]
    decode = block_diag(*(loop.realization.inverse for loop in loops))
    for synapse, pairs in found.values():
        recurrent, drive = (block_diag(*each) for each in zip(*pairs, strict=True))
        yield synapse, decode @ recurrent, decode @ drive
