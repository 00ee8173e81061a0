"""nengo-loihi's simulator on the compiled emulator."""

import warnings
from contextlib import contextmanager

import nengo
from nengo.exceptions import BuildError, ValidationError

from nengo_lmu import checks
from nengo_lmu.loihi import compatibility
from nengo_lmu.loihi.emulator import Emulator
from nengo_lmu.loihi.layout import lay_out
from nengo_lmu.loihi.precompute import in_turn
from nengo_lmu.networks.memory import Memory, check_dt

nengo_loihi = compatibility.load()

ON_CHIP = (nengo.LIF, nengo.SpikingRectifiedLinear, nengo.RegularSpiking)


class Simulator(nengo_loihi.Simulator):
    """A drop-in for `nengo_loihi.Simulator`, compiled on the emulator target.

    The model is built and split between host and chip by nengo-loihi, and its
    host parts run as they do there; the chip runs on
    `nengo_lmu.loihi.emulator.Emulator`, with the same results to the bit. The
    first run in an environment compiles for some seconds.

    Where nothing that the chip says comes back to it, host and chip run one after the
    other for many steps. Where something does, they go back and forth at every step;
    what is left of the time is then nengo's.

    Memories are laid out for the chip (`nengo_lmu.loihi.lay_out`); a warning says what
    is exchanged.

    Parameters
    ----------
    network : nengo.Network
        The network to build and simulate. It is not changed.
    dt : float
        Time step in seconds.
    seed : int, optional
        Seed of the chip's noise and stochastic rounding. Default:
        ``network.seed + 1``, or random where the network has no seed.
    model : nengo_loihi.builder.Model, optional
        A model to build the network into, with the build parameters changed.
    precompute : bool, optional
        Whether to run the host parts that feed the chip before the chip. Default:
        where that is possible, also where they feed the rest of the host, which
        nengo-loihi cannot (:mod:`.in_turn`). With False host and chip go step by step,
        as a model needs in which Python functions tell each other things that the
        network does not show.
    target : {'sim', 'simreal', 'loihi'}, optional
        ``'sim'`` is the emulator. ``'simreal'`` (no quantization) runs on
        nengo-loihi's own emulator, with a warning. ``'loihi'`` is a board and
        needs NxSDK. Default: a board if NxSDK is installed, else the emulator.
    progress_bar : bool, optional
        nengo-loihi has none and warns if asked for one.
    remove_passthrough : bool
        Whether connections through passthrough nodes go straight through.
    hardware_options : dict, optional
        Options for a board; see `nengo_loihi.hardware.HardwareInterface`.

    Raises
    ------
    nengo.exceptions.ValidationError
        If ``target`` is unknown, or is ``'loihi'`` without NxSDK; if the chip does not
        have the neurons.
    nengo.exceptions.BuildError
        If the network does not fit the chip or has nothing on it.
    """

    def __init__(
        self,
        network,
        dt=0.001,
        seed=None,
        model=None,
        precompute=None,
        target=None,
        progress_bar=None,
        remove_passthrough=True,
        hardware_options=None,
    ):
        self.closed = True  # for __del__, until there is something to close
        if target == "loihi" and not nengo_loihi.hardware.HAS_NXSDK:
            raise ValidationError(
                "'loihi' needs a Loihi board and Intel's NxSDK, which is not "
                "installed; use 'sim' for the emulator",
                attr="target",
                obj=self,
            )
        network = _prepared(network, dt)
        with _clear_errors():
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
        if "emulator" in self.sims:
            seed = self.sims["emulator"].seed
            self.sims["emulator"].close()
            with _clear_errors():
                self.sims["emulator"] = Emulator(self.model, seed=seed)
            self._runner.emulator = self.sims["emulator"]
            if precompute is None and not self.precompute:
                turns = in_turn(self._runner)
                if turns is not None:
                    self._runner.run_steps = turns.run_steps


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
    for memory in [network, *network.all_networks]:
        if isinstance(memory, Memory):
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
