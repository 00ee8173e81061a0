"""The ideal memory is the discrete system, and its read-outs are those of the state."""

import nengo
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nengo.exceptions import ValidationError

from nengo_lmu import IdealMemory, delay_readout, state_space, window_nrmse
from nengo_lmu.theory.lti import discretize, simulate

DT = 0.001


def run(make, u, dt=DT):
    """What the probes of ``make(input)`` record while the input is u."""
    with nengo.Network(seed=0) as network:
        source = nengo.Node(nengo.processes.PresentInput(u, dt))
        memory, targets = make()
        nengo.Connection(source, memory.input, synapse=None)
        probes = [nengo.Probe(target) for target in targets]
    with nengo.Simulator(network, dt=dt, progress_bar=False) as simulator:
        simulator.run_steps(len(u))
    return [simulator.data[probe] for probe in probes]


def signal(n_steps, n_channels=1, seed=0):
    return np.random.RandomState(seed).randn(n_steps, n_channels)


@settings(max_examples=12)
@given(
    order=st.integers(1, 30),
    steps=st.floats(2, 300),
    dt=st.sampled_from([1e-4, 1e-3, 0.01]),
)
def test_is_the_zero_order_hold_one_step_late(order, steps, dt):
    u = signal(150)

    def make():
        memory = IdealMemory(order, steps * dt, dt=dt)
        return memory, [memory.state]

    (state,) = run(make, u, dt)
    exact = simulate(*discretize(*state_space(order, steps * dt), dt), u)
    assert np.array_equal(state[0], np.zeros(order))
    scale = np.max(np.abs(exact))
    assert np.allclose(state[1:], exact[:-1], rtol=0, atol=1e-10 * scale)


def test_error_is_zero():
    u = signal(300)

    def make():
        memory = IdealMemory(12, 0.1)
        return memory, [memory.state]

    assert window_nrmse(run(make, u)[0], u, 0.1) < 1e-12


def test_readouts_are_those_of_the_state():
    u = signal(120)

    def make():
        memory = IdealMemory(7, 0.05)
        nodes = memory.add_delay(0.02), memory.add_window(9)
        outputs = memory.add_output(np.max, 9), memory.add_output(np.gradient, 9)
        return memory, [memory.state, *nodes, *outputs]

    state, delayed, window, largest, slopes = run(make, u)
    assert np.allclose(delayed, state @ delay_readout(7, 0.4).T)
    assert np.allclose(window, state @ delay_readout(7, np.linspace(0, 1, 9)).T)
    assert np.allclose(largest[:, 0], np.max(window, axis=1))
    assert np.allclose(slopes, np.gradient(window, axis=1))
    assert np.ptp(largest) > 0.1


def test_delays_a_sine_as_theory_says():
    """Order 12 holds a period in its window; a step's part is resolved, 0.03."""
    t = np.arange(1, 1001) * DT

    def make():
        memory = IdealMemory(12, 0.2)
        return memory, [memory.add_delay(x) for x in (0.0, 0.1, 0.2)]

    outputs = run(make, np.sin(2 * np.pi * 5 * t)[:, None])
    for seconds, output in zip((0.0, 0.1, 0.2), outputs, strict=True):
        # One step for the synapse; half a step for the hold of the input.
        expected = np.sin(2 * np.pi * 5 * (t - seconds - 0.5 * DT))
        assert np.allclose(output[600:, 0], expected[600:], rtol=0, atol=2e-3)


def test_channels_are_memories_of_their_own():
    u = signal(100, 3)

    def many():
        memory = IdealMemory(5, 0.05, n_channels=3)
        of_all = memory.add_output(lambda windows: windows[0] * windows[2], 4)
        nodes = memory.add_delay(0.01), memory.add_window(4), of_all
        return memory, [memory.state, *nodes]

    def one():
        memory = IdealMemory(5, 0.05)
        return memory, [memory.state, memory.add_delay(0.01), memory.add_window(4)]

    state, delayed, window, product = run(many, u)
    singles = [run(one, channel[:, None]) for channel in u.T]
    for result, k in ((state, 0), (delayed, 1), (window, 2)):
        assert np.allclose(result, np.hstack([x[k] for x in singles]), atol=1e-12)
    assert np.allclose(product, singles[0][2] * singles[2][2])


def test_nests_in_a_network_and_feeds_others():
    u = signal(100)

    def chain():
        with nengo.Network():
            first, second = IdealMemory(5, 0.05), IdealMemory(3, 0.02)
            nengo.Connection(first.add_delay(0.05), second.input, synapse=None)
        return first, [first.add_delay(0.05), second.state]

    def alone():
        memory = IdealMemory(3, 0.02)
        return memory, [memory.state]

    delayed, state = run(chain, u)
    assert np.allclose(state, run(alone, delayed)[0])
    assert np.any(state)


BAD = [
    *({"order": x} for x in (0, -1, 2.5, 1001, np.nan, "6", None)),
    *({"theta": x} for x in (0, -1, np.nan, np.inf, 0.0015, "1", None)),
    *({"n_channels": x} for x in (0, 1.5, "2")),
    *({"dt": x} for x in (0, -0.001, np.nan, "x")),
]


@pytest.mark.parametrize("wrong", BAD)
def test_bad_arguments(wrong):
    (name,) = wrong
    with pytest.raises(ValidationError, match=f"IdealMemory.{name}: must be") as error:
        IdealMemory(**{"theta": 0.1, "order": 4, **wrong})
    assert "\n" not in str(error.value)


def test_bad_readouts():
    memory = IdealMemory(4, 0.1)
    for seconds in (-0.01, 0.11, np.nan, "0.05", None):
        with pytest.raises(ValidationError, match=r"seconds.*\[0, theta = 0.1\] s"):
            memory.add_delay(seconds)
    for n_points in (1, 0, 2.5, None):
        with pytest.raises(ValidationError, match="n_points"):
            memory.add_window(n_points)
    for function in (3, None, lambda w: None, lambda w: "a", lambda w: []):
        with pytest.raises(ValidationError, match="function"):
            memory.add_output(function)
