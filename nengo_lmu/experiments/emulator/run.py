"""The compiled emulator of the chip beside nengo-loihi's, in one process."""

import numpy as np

from nengo_lmu.experiments.comparison import publish, seconds
from nengo_lmu.experiments.emulator.network import DT, ORDER, memory
from nengo_lmu.files import output_directory
from nengo_lmu.loihi import Simulator, compatibility
from nengo_lmu.loihi.emulator import Emulator

nengo_loihi = compatibility.load()

TITLE = "Emulating a memory of order 6 with full weights on Loihi, per step"

SIZES = {100: 300, 400: 20}
"""Neurons in each of the six ensembles: steps in each of the rounds. nengo-loihi
spreads 6 x 400 over 54 cores and needs some 50 ms a step."""

ROUNDS = 5

LONGER = 10
"""Steps of our whole runs for one of nengo-loihi's."""


def feed(model, n_steps):
    """Give the inputs of a built model spikes that every emulator may read."""
    rng = np.random.RandomState(0)
    for spike_input in model.inputs:
        spike_input.spikes.clear()
        for t in range(1, n_steps + 1):
            on = np.sin(2 * np.pi * t * DT)
            rates = np.resize([max(on, 0), max(-on, 0)], spike_input.n_neurons)
            spikes = np.flatnonzero(rng.rand(spike_input.n_neurons) < rates)
            spike_input.add_spikes(t, spikes, permanent=True)


def memory_bandwidth():
    """Bytes a second of reading an array of 256 MB, the best of 5."""
    array = np.ones(2**25)
    return array.nbytes / min(seconds(array.max) for _ in range(5))


def compare(n_neurons, n_steps, bandwidth):
    """One row: whole simulators in turn, then their emulators on one model."""
    with Simulator(memory(n_neurons), dt=DT, target="sim") as simulator:
        model = simulator.model
    feed(model, (ROUNDS + 1) * n_steps)
    with (
        Emulator(model, seed=0) as ours,
        nengo_loihi.emulator.EmulatorInterface(model, seed=0) as theirs,
    ):
        times = step_seconds([ours, theirs], [n_steps, n_steps])
        spikes = ours.compartment.spike_count / ((ROUNDS + 1) * n_steps)
        n_bytes = spikes @ ours.weight_bytes[: spikes.size]
        equal = all(
            np.array_equal(
                ours.collect_probe_output(probe), theirs.collect_probe_output(probe)
            )
            for probe in model.probes
        )
    our_time, their_time = np.median(times, axis=0)
    return {
        "neurons": f"{ORDER} x {n_neurons}",
        "cores": len(model.blocks),
        "nengo-loihi, ms": float(1e3 * their_time),
        "compiled, ms": float(1e3 * our_time),
        "nengo-loihi / compiled": ratio(times),
        "equal": equal,
        "spikes": float(spikes.sum()),
        "weights, kB": float(n_bytes / 1e3),
        "floor, ms": float(1e3 * n_bytes / bandwidth),
        "compiled / floor": float(our_time * bandwidth / n_bytes),
        **whole_runs(n_neurons, n_steps),
    }


def whole_runs(n_neurons, n_steps):
    """Whole runs with few probes and with many: how often faster, and ms a step."""
    found = {}
    for name, probed in (
        ("values", {"decoded": True, "neurons": False}),
        ("all", {"decoded": True}),
    ):
        network = memory(n_neurons, **probed)
        with (
            Simulator(network, dt=DT, target="sim") as ours,
            nengo_loihi.Simulator(network, dt=DT, target="sim") as theirs,
        ):
            times = step_seconds([ours, theirs], [LONGER * n_steps, n_steps])
            found[f"whole run, {name}: equal"] = all(
                np.array_equal(ours.data[p][: len(theirs.data[p])], theirs.data[p])
                for p in network.all_probes
            )
        found[f"whole run, {name}: ms"] = float(1e3 * np.median(times[:, 0]))
        found[f"whole run, {name}: ratio"] = ratio(times)
    return found


def step_seconds(simulators, n_steps):
    """Seconds of a step of two simulators that run alternately, (ROUNDS, 2).

    A round before the first compiles, and gets the memory spiking.

    Parameters
    ----------
    simulators : list
    n_steps : list of int
        Steps of a round, of each of them.
    """
    times = [
        [
            seconds(simulator.run_steps, n) / n
            for simulator, n in zip(simulators, n_steps, strict=True)
        ]
        for _ in range(ROUNDS + 1)
    ]
    return np.array(times[1:])


def ratio(times):
    """Median of theirs over ours in the same round."""
    return float(np.median(times[:, 1] / times[:, 0]))


def run(out):
    """Time and publish a row for each size, all in this process."""
    out = output_directory(out)
    bandwidth = memory_bandwidth()
    rows = [compare(size, steps, bandwidth) for size, steps in SIZES.items()]
    ratios = " and ".join(f"{row['nengo-loihi / compiled']:.0f}" for row in rows)
    note = (
        f"nengo-loihi's emulator takes {ratios} times as long (medians of {ROUNDS} "
        "rounds in turn); `equal` says that the recordings were the same, to the bit. "
        "The floor is the weights of the spikes that were sent, read at "
        f"{bandwidth / 1e9:.1f} GB/s, the bandwidth of this machine's memory; smaller "
        "tables fit its caches. Whole runs include the host, which drives the chip by "
        "a Python function, and the probes: of the six decoded values, or of them and "
        "of the spikes and voltages of all neurons."
    )
    return publish(out, "emulator", TITLE, rows, note)
