"""nengo-loihi's emulator of the chip, compiled and equal to the bit.

The state of the chip, its probes and its learning rule stay where nengo-loihi
keeps them; what is replaced is the loop over the steps. See :mod:`.flatten` for
how spikes find their weights and :mod:`.kernels` for the arithmetic.
"""

import warnings

import numpy as np
from nengo.exceptions import SimulationError

from nengo_lmu.loihi import compatibility as compat_loihi
from nengo_lmu.loihi.fields import CHIP, address
from nengo_lmu.loihi.kernels import QUANTITIES, REGISTERS, chip_step
from nengo_lmu.loihi.learning import Learning
from nengo_lmu.loihi.probe_records import History, recordings
from nengo_lmu.loihi.weight_table import (
    NotFlat,
    concatenate,
    flatten,
    groups,
    integers,
)
from nengo_lmu.simulator.compiled import walk

nengo_loihi = compat_loihi.load()

CHUNK_VALUES = 2**22  #: recorded values that are held at a time
CHUNK = 1000  #: steps of a block at most


class Emulator(nengo_loihi.emulator.EmulatorInterface):
    """A drop-in for `nengo_loihi.emulator.EmulatorInterface`.

    Spikes, voltages, currents and probes are equal to nengo-loihi's to the bit.
    A model that cannot be emulated so (the floating-point target ``simreal``, a
    probe of another quantity, axons that point outside their synapse) is run by
    nengo-loihi's own code, and a warning says why.

    The weights are read when the emulator is made. A step that overflows a
    register warns once a call of `run_steps`, not once a step.

    Parameters
    ----------
    model : nengo_loihi.builder.Model
        A model that has been built and, for the chip's integers, discretized.
    seed : int, optional
        Seed of the noise and of the rounding in learning. Default: random.
    """

    def __init__(self, model, seed=None):
        super().__init__(model, seed=seed)
        self.compiled = True
        try:
            self._compile()
        except NotFlat as reason:
            self.compiled = False
            warnings.warn(
                f"This model runs on nengo-loihi's own emulator: {reason}.",
                stacklevel=2,
            )

    def _compile(self):
        if self.block_info.dtype != np.int32:
            raise NotFlat("it is not discretized (target 'simreal')")
        self.recordings = recordings(self.probes.probes)
        self.history = History(
            [
                (part.key, part.columns)
                for parts in self.recordings.values()
                for part in parts
            ]
        )
        self._table = flatten(self)
        self.input_groups = groups(self)[len(self.block_info.blocks) :]
        self.learning = Learning(self)
        self.record = np.zeros(1, dtype=CHIP)
        self._arrays = {}
        self._hold_compartments()
        self._hold_table()
        self._hold_learning()
        self.hold(
            waiting=np.zeros(1, np.int64),
            overflow=np.full(len(REGISTERS), -1),
            **{f"{key}_columns": c for key, c in self.history.columns.items()},
        )
        for key, columns in self.history.columns.items():
            self.record[f"n_{key}"] = columns.size
        self._row = np.array([address(self.record), 0, 0])
        self._walk = walk()
        self._kernel = np.array([[chip_step.address(np.dtype(float)), 0]])
        # nothing can fail from here on: let the probes read the recordings
        self.probes.outputs.update(self.recordings)

    def hold(self, **arrays):
        """Keep arrays for the kernel, which finds their addresses in its record."""
        for name, array in arrays.items():
            self._arrays[name] = array
            self.record[name] = address(array)

    def _hold_compartments(self):
        state = self.compartment
        self.record["n"] = self.block_info.n_compartments
        self.hold(
            q=state.input[0],
            current=state.current,
            voltage=state.voltage,
            spiked=state.spiked,
            spike_count=state.spike_count,
            ref_count=state.ref_count,
            decay_u=state.decay_u,
            decay_v=state.decay_v,
            vth=state.vth,
            vmin=state.vmin,
            vmax=state.vmax,
            bias=state.bias,
            ref=state.ref,
            noise_at_membrane=state.noise.target_u,
        )

    def _hold_table(self):
        table = self._table
        self.hold(**table._asdict())
        self.record["n_sources"] = table.first_run.size - 1
        self.record["n_runs"] = table.run_target.size
        self.record["n_weights"] = table.weights.size
        self.record["wide"] = table.weights.dtype == np.int32

    def _hold_learning(self):
        """The synapses that learn, and the random numbers.

        One draw of noise a step is needed where there is noise, and where learning
        draws from the same generator.
        """
        noise = self.compartment.noise
        has_noise = bool(np.any(noise.mult))
        self.record["has_noise"] = has_noise
        self.record["draws"] = has_noise or bool(self.learning)
        self.record["n_plastic"] = len(self.learning.synapses)
        self.record["error_scale"] = self.synapses.pes_error_scale
        self.hold(
            noise=np.zeros(self.block_info.n_compartments, np.int32),
            noise_offset=noise.mant_offset,
            noise_factor=noise.mult,
            generator=np.zeros(624, np.uint32),
            plastic=self.learning.records,
        )

    @property
    def weight_bytes(self):
        """Bytes of weights that one spike of each source reads, (n_sources,) int64.

        The sources are the compartments, block after block, then the neurons of
        the inputs.
        """
        begin = self._table.run_weight[self._table.first_run]
        return np.diff(begin) * self._table.weights.itemsize

    def close(self):
        super().close()
        self._table = None
        self.learning = None
        self.record = None
        self._arrays = None

    def step(self):
        """Advance the simulation by 1 step (``dt`` seconds)."""
        if self.compiled:
            self.run_steps(1)
        else:
            super().step()

    def run_steps(self, steps):
        """Simulate for the given number of ``dt`` steps.

        Parameters
        ----------
        steps : int
            Number of steps to run the simulation for.
        """
        if not self.compiled:
            super().run_steps(steps)
            return
        for done in range(0, steps, self.block):
            n = min(self.block, steps - done)
            self.begin(n)
            row, kernel = self._row.ctypes.data, self._kernel
            self._walk(0, row, kernel, 0, 1, n)
            self.end()
            for parts in self.recordings.values():
                for part in parts:
                    part.extend(self.history, n)
            self.complain()

    @property
    def block(self):
        """Largest number of steps between `begin` and `end`."""
        return int(np.clip(CHUNK_VALUES // max(1, self.history.width), 1, CHUNK))

    def begin(self, steps):
        """Prepare a block of steps, which the kernel then does one by one."""
        begin, sources = self._input_spikes(steps)
        self.history.make_room(steps)
        self.hold(
            input_begin=begin,
            input_sources=sources,
            **{f"{key}_rows": self.history.rows[key] for key in QUANTITIES},
        )
        self._arrays["overflow"][:] = -1
        self.record["row"] = self.record["warnings"] = 0
        if self.record["draws"][0]:
            _, key, place, *_ = self.rng.get_state()
            self._arrays["generator"][:] = key
            self.record["generator_place"] = place

    def end(self):
        """End a block; returns the number of steps that were done in it."""
        record = self.record[0]
        self.t = int(record["step"])
        if record["draws"]:
            key, place = self._arrays["generator"], int(record["generator_place"])
            self.rng.set_state(("MT19937", key, place))
        return int(record["row"])

    def complain(self):
        """Warn of what went wrong in a block, or raise an error in strict mode."""
        overflow = self._arrays["overflow"]
        self.learning.warn(int(self.record["warnings"][0]))
        for register in np.argsort(overflow, kind="stable"):
            if overflow[register] >= 0:
                self.compartment.error(f"Overflow in {REGISTERS[register]}")

    def _input_spikes(self, steps):
        """The sources of the input spikes that arrive in the next steps.

        Returns
        -------
        begin : (steps + 1,) int64 ndarray
            Where the spikes of each step begin in ``sources``.
        sources : (n_spikes,) int64 ndarray
        """
        trains = []  # (step, input, neurons)
        told = [(k, g) for k, g in enumerate(self.input_groups) if g.owner.spikes]
        for step in range(steps if told else 0):
            for k, group in told:
                # spikes take one step to arrive
                neurons = group.owner.spike_idxs(self.t + step)
                if len(neurons) > 0:
                    trains.append((step, k, neurons))
        sizes = integers([len(neurons) for *_, neurons in trains])
        arrive = np.repeat(integers([step for step, *_ in trains]), sizes)
        k = np.repeat(integers([k for _, k, _ in trains]), sizes)
        neurons = concatenate([neurons for *_, neurons in trains])

        first = integers([group.first for group in self.input_groups])
        limit = integers([group.size for group in self.input_groups])
        wrong = (neurons < 0) | (neurons >= limit[k])
        if np.any(wrong):
            group = self.input_groups[k[wrong][0]]
            raise SimulationError(
                f"{group.owner.label}: a spike of the neuron {neurons[wrong][0]}, but "
                f"the input has {group.size} neurons"
            )
        return np.searchsorted(arrive, np.arange(steps + 1)), first[k] + neurons
