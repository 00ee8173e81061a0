"""nengo-loihi's simulator on the compiled emulator."""

from nengo.exceptions import ValidationError

from nengo_lmu.loihi import compatibility as compat_loihi
from nengo_lmu.loihi.emulator import Emulator
from nengo_lmu.loihi.precompute import in_turn
from nengo_lmu.loihi.prepare import check

nengo_loihi = compat_loihi.load()


class Simulator(nengo_loihi.Simulator):
    """A drop-in for `nengo_loihi.Simulator`, compiled on the emulator target.

    The model is built and split between host and chip by nengo-loihi, and its
    host parts run as they do there; the chip runs on
    `nengo_lmu.loihi.emulator.Emulator`, with the same results to the bit. The
    first run in an environment compiles for some seconds.

    Where nothing that the chip says comes back to it, host and chip run one after the
    other for many steps. Where something does, they go back and forth at every step;
    what is left of the time is then nengo's.

    Parameters
    ----------
    network : nengo.Network
        The network to build and simulate.
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
        check(network)
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
            self.sims["emulator"] = Emulator(self.model, seed=seed)
            self._runner.emulator = self.sims["emulator"]
            if precompute is None and not self.precompute:
                turns = in_turn(self._runner)
                if turns is not None:
                    self._runner.run_steps = turns.run_steps
