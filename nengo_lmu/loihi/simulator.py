"""nengo-loihi's simulator on the compiled emulator."""

import warnings
from collections import OrderedDict
from contextlib import contextmanager
from typing import Any

import nengo
import numpy as np
from nengo.exceptions import BuildError, SimulatorClosed, ValidationError
from nengo.utils.numpy import maxint

from nengo_lmu import checks
from nengo_lmu.loihi import compatibility
from nengo_lmu.loihi.emulator import Emulator
from nengo_lmu.loihi.host import Host
from nengo_lmu.loihi.layout import ChipMemory, lay_out
from nengo_lmu.loihi.learning_scale import (
    check_rates,
    fit_weights,
    taught_by_passthrough,
)
from nengo_lmu.loihi.probe_records import ChipProbe
from nengo_lmu.loihi.weight_table import NotFlat
from nengo_lmu.networks.memory import Memory, check_dt
from nengo_lmu.networks.within import networks_of
from nengo_lmu.simulator.probe_data import ProbeBlocks

nengo_loihi = compatibility.load()

ON_CHIP = (nengo.LIF, nengo.SpikingRectifiedLinear, nengo.RegularSpiking)


class Simulator(nengo_loihi.Simulator):
    """A drop-in for `nengo_loihi.Simulator`, compiled on the emulator target.

    The model is built and split between host and chip by nengo-loihi. The chip is that
    of `nengo_lmu.loihi.emulator.Emulator`, equal to nengo-loihi's to the bit; the
    host is `nengo_lmu.Simulator`, equal to nengo's within rounding (1e-12). Both run
    in one compiled loop, up to a thousand steps in a call, whether or not what the chip
    says comes back to it; Python functions on the host interrupt it at each step. The
    first run in an environment compiles for some seconds.

    What is recorded is collected after each of these calls, so that a probe with
    ``sample_every`` takes no more memory than its samples, on the chip too.

    Memories are laid out for the chip (`nengo_lmu.loihi.lay_out`); a warning says what
    is exchanged. Weights that PES learns from more than 280 neurons have a smaller
    range, and finer steps, than nengo-loihi gives them, unless a ``model`` is given; a
    warning names a learning rate that the chip cannot represent.

    Parameters
    ----------
    network : nengo.Network
        The network to build and simulate. It is not changed.
    dt : float
        Time step in seconds.
    seed : int, optional
        Seed of the chip's noise and stochastic rounding, and of processes on the host
        that have none. Default: ``network.seed + 1``, or random where the network has
        no seed.
    model : nengo_loihi.builder.Model, optional
        A model to build the network into, with the build parameters changed.
    precompute : bool, optional
        As in nengo-loihi, which with True refuses a model whose input to the chip
        depends on its output. The compiled loop needs no turns and takes none.
    target : {'sim', 'simreal', 'loihi'}, optional
        ``'sim'`` is the emulator. ``'simreal'`` (no quantization) runs on
        nengo-loihi's own emulator, with a warning. ``'loihi'`` is a board and
        needs NxSDK. Default: a board if NxSDK is installed, else the emulator.
    progress_bar : bool, optional
        nengo-loihi has none and warns if asked for one.
    remove_passthrough : bool
        Whether connections through passthrough nodes go straight through. They do
        not where such a node teaches a connection, which nengo-loihi cannot build.
    hardware_options : dict, optional
        Options for a board; see `nengo_loihi.hardware.HardwareInterface`.

    Raises
    ------
    nengo.exceptions.ValidationError
        If ``target`` is unknown, or is ``'loihi'`` without NxSDK; if the chip does not
        have the neurons.
    nengo.exceptions.BuildError
        If the network does not fit the chip or has nothing on it.

    Examples
    --------
    >>> import warnings
    >>> from nengo_lmu import loihi
    >>> with nengo.Network(seed=0) as model:
    ...     stimulus = nengo.Node(nengo.processes.WhiteSignal(10, high=1, rms=0.5))
    ...     memory = nengo_lmu.SpikingMemory(
    ...         120, order=3, theta=0.5, freq=1.0, neuron_type=nengo.LIF()
    ...     )
    ...     _ = nengo.Connection(stimulus, memory.input, synapse=None)
    ...     state = nengo.Probe(memory.state)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")  # they state what the chip exchanges
    ...     with loihi.Simulator(model, progress_bar=False) as simulator:
    ...         simulator.run(0.1)
    >>> simulator.data[state].shape
    (100, 3)
    """

    def __init__(
        self,
        network: nengo.Network,
        dt: float = 0.001,
        seed: int | None = None,
        model: Any = None,
        precompute: bool | None = None,
        target: str | None = None,
        progress_bar: Any = None,
        remove_passthrough: bool = True,
        hardware_options: dict | None = None,
    ) -> None:
        self.closed = True  # for __del__, until there is something to close
        board = nengo_loihi.hardware.HAS_NXSDK
        if target == "loihi" and not board:
            raise ValidationError(
                "'loihi' needs a Loihi board and Intel's NxSDK, which is not "
                "installed; use 'sim' for the emulator",
                attr="target",
                obj=self,
            )
        target = target or ("loihi" if board else "sim")
        if target not in ("sim", "simreal", "loihi"):
            raise ValidationError(
                "Must be 'simreal', 'sim', or 'loihi'", "target", self
            )
        self._chip_probes = None
        if network is None:
            raise ValidationError("network parameter must not be None", "network", self)
        network = _prepared(network, dt)
        with _clear_errors():
            if target == "loihi":
                super().__init__(
                    network,
                    dt=dt,
                    seed=seed,
                    model=model,
                    precompute=precompute,
                    target=target,
                    progress_bar=progress_bar,
                    remove_passthrough=remove_passthrough,
                    hardware_options=hardware_options,
                )
                return
            self.seed = seed
            self._build(network, dt, model, precompute, remove_passthrough, target)
            if seed is None:
                seeded = network.seed is not None
                rng = np.random.default_rng()
                seed = network.seed + 1 if seeded else int(rng.integers(maxint))
            self._prepare_run(seed)
        if progress_bar:
            warnings.warn("nengo-loihi does not support progress bars", stacklevel=2)

    def _build(self, network, dt, model, precompute, remove_passthrough, target):
        """Build the model, as nengo-loihi's simulator does."""
        self.network, self.target = network, target
        self.timers = nengo_loihi.simulator.Timers()
        self.timers.start("build")
        self._n_steps = self._time = 0
        if model is None:
            label = f"{network}, dt={dt:f}"
            model = nengo_loihi.builder.Model(dt=float(dt), label=label)
            fit_weights(model, network)
        elif not isinstance(model, nengo_loihi.builder.Model) or model.dt != dt:
            checks.fail("model", f"a nengo_loihi.builder.Model of dt {dt}", model, self)
        self.model = model
        remove = remove_passthrough and not taught_by_passthrough(network)
        with check_rates():
            model.build(
                network,
                precompute=precompute,
                remove_passthrough=remove,
                discretize=target != "simreal",
            )
        self.precompute = model.split.precompute
        self._probe_outputs = model.params
        self.data = _Data(model.params)
        self.sims = OrderedDict()

    def _prepare_run(self, seed):
        emulator = Emulator(self.model, seed=seed)
        try:
            if not emulator.compiled:
                raise NotFlat
            memories = networks_of(self.network, ChipMemory)
            self.sims["host"] = Host(self.model, emulator, seed, memories)
            self._chip_probes = {
                probe: ChipProbe(
                    probe, self._loihi_probe(probe), emulator.recordings, self.dt
                )
                for probe in self.model.nengo_probes
                if probe not in self.model.chip2host_params
            }
            self.clear_probes()
        except NotFlat:
            # as in nengo-loihi: hosts that run before and after the chip, or with it
            for name in ("host_pre", "host"):
                part = getattr(self.model, name)
                if len(part.params) > 0:
                    self.sims[name] = nengo.Simulator(
                        None, self.dt, model=part, progress_bar=False, optimize=False
                    )
        for sim in self.sims.values():
            self.data.add_fallback(sim.data)
        self.sims["emulator"] = emulator
        if self._chip_probes is None:
            self._runner = nengo_loihi.simulator.StepRunner(
                self.model, self.sims, self.precompute, self.timers
            )
        self.closed = False
        self.timers.stop("build")

    def _loihi_probe(self, probe):
        return self.model.objs[probe]["out"]

    def clear_probes(self):
        """Discard what the probes have recorded."""
        if self._chip_probes is None:
            super().clear_probes()
            return
        for probe, recorded in self._chip_probes.items():
            recorded.values = self._probe_outputs[probe] = ProbeBlocks()
        self.sims["host"].clear_probes()
        self.data.reset()

    def run_steps(self, steps: int) -> None:
        """Simulate for a number of steps.

        An error in a Python function ends the run; what was recorded before is kept.

        Parameters
        ----------
        steps : int
        """
        if self._chip_probes is None:
            super().run_steps(steps)
            return
        if self.closed:
            raise SimulatorClosed("Simulator cannot run because it is closed.")
        host, emulator = self.sims["host"], self.sims["emulator"]
        self.timers.start("run")
        for begin in range(0, steps, host.block):
            n, error = host.run_block(min(host.block, steps - begin))
            for recorded in self._chip_probes.values():
                recorded.extend(emulator.history, self._n_steps + 1, n)
            self._n_steps += n
            self._probe_step_time()
            if error is not None:
                raise error
            host.check()
            emulator.complain()
        host.look()
        self.timers.stop("run")


class _Data(nengo_loihi.simulator.SimulationData):
    """nengo-loihi's mapping from objects to data, for probes in blocks of steps."""

    def __getitem__(self, key):
        for mapping in (self, *self.fallbacks):
            if key in mapping.raw:
                break
        else:
            raise KeyError(key)
        value = mapping.raw[key]
        if not isinstance(value, ProbeBlocks):
            return super().__getitem__(key) if isinstance(value, list) else value
        if mapping is not self:
            return mapping[key]
        if key not in self._cache or len(self._cache[key]) != len(value):
            self._cache[key] = value.array()
            self._cache[key].setflags(write=False)
        return self._cache[key]


def reference_simulator(network, dt=0.001, **kwargs):
    """nengo-loihi's own simulator, of the network laid out for the chip."""
    network = _prepared(network, dt)
    with _clear_errors():
        return nengo_loihi.Simulator(network, dt=dt, **kwargs)


def _prepared(network, dt):
    """The network laid out, if the chip has its neurons and its time step fits.

    nengo-loihi builds AdaptiveLIF neurons without their adaptation and without a
    warning; other neuron types it refuses after minutes of building.
    """
    for memory in networks_of(network, Memory):
        check_dt(memory, dt)
    network = lay_out(network)
    place = nengo_loihi.splitter.HostChipSplit(network)
    for ensemble in network.all_ensembles:
        kind = ensemble.neuron_type
        known = isinstance(kind, ON_CHIP) and not isinstance(kind, nengo.AdaptiveLIF)
        if place.on_chip(ensemble) and not known:
            checks.fail(
                "neuron_type",
                "LIF, SpikingRectifiedLinear or RegularSpiking on the chip (or "
                "config[ensemble].on_chip = False)",
                kind,
                ensemble,
            )
    return network


@contextmanager
def _clear_errors():
    """Without nengo-loihi's harmless warnings, and with a reason for its refusal."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "invalid value encountered in cast")
        # Of every LIF ensemble of nengo 4, and of every memory, whose inputs come
        # without a filter of their own.
        warnings.filterwarnings("ignore", ".* initial values for 'voltage'")
        warnings.filterwarnings("ignore", "tau_s is already set")
        try:
            yield
        except BuildError as error:
            if "weight exponent" not in str(error):
                raise
            raise BuildError(
                "the weights of a connection onto the chip span too wide a range for 8 "
                "bits: scale its transform up, or the others of its target down "
                f"({error})"
            ) from None
