"""nengo-loihi's emulator of the chip, compiled and exact to the bit.

The state of the chip, its probes and its learning rule stay where nengo-loihi
keeps them; what is replaced is the loop over the steps. See :mod:`.flatten` for
how spikes find their weights and :mod:`.kernels` for the arithmetic.
"""

import warnings

import numpy as np
from nengo.exceptions import SimulationError

from nengo_lmu.loihi import compatibility as compat_loihi
from nengo_lmu.loihi.kernels import (
    REGISTERS,
    Compartments,
    deliver,
    remember,
    run,
    update,
)
from nengo_lmu.loihi.learning import Learning
from nengo_lmu.loihi.probe_records import new_history, recordings
from nengo_lmu.loihi.weight_table import (
    NotFlat,
    concatenate,
    flatten,
    groups,
    integers,
)

nengo_loihi = compat_loihi.load()

CHUNK_VALUES = 2**22  #: values of noise and of history that are held at a time


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
        self._recordings = recordings(self.probes.probes)
        self._probed = {probe.key for probe in self._recordings}
        self._table = flatten(self)
        self._input_groups = groups(self)[len(self.block_info.blocks) :]
        self._learning = Learning(self)

        # one draw of noise a step is needed where there is noise, and where
        # learning draws from the same generator
        self._has_noise = bool(np.any(self.compartment.noise.mult))
        self._draws_noise = self._has_noise or bool(self._learning)

        state = self.compartment
        self._compartments = Compartments(
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
        # nothing can fail from here on: let the probes read the recordings
        self.probes.outputs.update(self._recordings)

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
        self._compartments = None
        self._learning = None

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
        chunk = max(1, CHUNK_VALUES // self.block_info.n_compartments)
        for done in range(0, steps, chunk):
            self._run_chunk(min(chunk, steps - done))

    def _run_chunk(self, steps):
        begin, sources = self._input_spikes(steps)
        chip = self._compartments
        history = new_history(steps, chip.q.size, self._probed)
        overflow = np.full(len(REGISTERS), -1)
        if not self._learning:
            noise = self._noise(steps)
            run(begin, sources, noise, self._table, chip, history, overflow)
        else:
            for step in range(steps):
                inputs = sources[begin[step] : begin[step + 1]]
                deliver(inputs, chip.spiked, self._table, chip.q)
                self._learning.step(
                    self.t + step + 1, self.rng, inputs, chip.spiked, chip.q
                )
                update(step, self._noise(1)[0], chip, overflow)
                remember(step, chip, history)
        self.t += steps

        for outputs in self._recordings.values():
            for recording in outputs:
                recording.extend(history)
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
        for step in range(steps):
            for k, group in enumerate(self._input_groups):
                # spikes take one step to arrive
                neurons = group.owner.spike_idxs(self.t + step)
                if len(neurons) > 0:
                    trains.append((step, k, neurons))
        sizes = integers([len(neurons) for *_, neurons in trains])
        arrive = np.repeat(integers([step for step, *_ in trains]), sizes)
        k = np.repeat(integers([k for _, k, _ in trains]), sizes)
        neurons = concatenate([neurons for *_, neurons in trains])

        first = integers([group.first for group in self._input_groups])
        limit = integers([group.size for group in self._input_groups])
        wrong = (neurons < 0) | (neurons >= limit[k])
        if np.any(wrong):
            group = self._input_groups[k[wrong][0]]
            raise SimulationError(
                f"{group.owner.label}: a spike of the neuron {neurons[wrong][0]}, but "
                f"the input has {group.size} neurons"
            )
        return np.searchsorted(arrive, np.arange(steps + 1)), first[k] + neurons

    def _noise(self, steps):
        """Draw the noise of the next steps, in nengo-loihi's order.

        Returns
        -------
        (steps, n_compartments) or (steps, 0) int32 ndarray
            The latter where no compartment has noise.
        """
        noise = self.compartment.noise
        if self._draws_noise:
            drawn = noise._uniform(self.rng, n=(steps, noise.n_compartments))
            if self._has_noise:
                scaled = (drawn + noise.mant_offset) * noise.mult
                return scaled.astype(np.int32)
        return np.zeros((steps, 0), dtype=np.int32)
