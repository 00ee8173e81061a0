"""Random networks run as in nengo.Simulator."""

import nengo
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from nengo.builder.operator import SimPyFunc

from nengo_lmu.simulator import Simulator
from nengo_lmu.simulator.schedule import Part

SYNAPSES = [
    None,
    0.005,
    0.03,
    nengo.Alpha(0.01),
    nengo.LinearFilter([1, 2], [0.01, 0.2, 1]),
]
NEURONS = [
    nengo.AdaptiveLIF(),
    nengo.Direct(),
    nengo.LIF(),
    nengo.LIFRate(),
    nengo.RectifiedLinear(),
    nengo.RegularSpiking(nengo.LIFRate()),
    nengo.SpikingRectifiedLinear(),
    nengo.Tanh(),
]


def wave(size):
    return lambda t: np.sin(50 * t + np.ones(size))


@st.composite
def networks(draw):
    """Objects of one to three dimensions with random connections."""
    with nengo.Network(seed=draw(st.integers(0, 1000))) as network:
        objects = [add_object(draw, k) for k in range(draw(st.integers(2, 6)))]
        for _ in range(draw(st.integers(1, 8))):
            connect(draw, objects)
    return network


def add_object(draw, k):
    """A random object that is probed, and where connections to it may end or None."""
    size = draw(st.integers(1, 3))
    kind = draw(st.sampled_from(["ensemble"] * 3 + ["node", "array", "source"]))
    if kind == "ensemble":
        obj = nengo.Ensemble(
            draw(st.integers(1, 30)),
            size,
            neuron_type=draw(st.sampled_from(NEURONS)),
            radius=draw(st.sampled_from([1.0, 2.0])),
        )
        target = obj
    elif kind == "node":
        function = draw(st.sampled_from([None, lambda t, x: np.cos(x) - t]))
        target = obj = nengo.Node(function, size_in=size)
    elif kind == "array":
        array = nengo.networks.EnsembleArray(draw(st.integers(1, 20)), size)
        target, obj = array.input, array.output
    else:
        process = nengo.processes.WhiteSignal(0.1, high=50, seed=k)
        outputs = {"process": process, "wave": wave(size), "one": np.ones(size)}
        output = outputs[draw(st.sampled_from(sorted(outputs)))]
        obj = nengo.Node(output, size_out=size)
        target = None
    nengo.Probe(
        obj,
        synapse=draw(st.sampled_from(SYNAPSES)),
        sample_every=draw(st.sampled_from([None, 0.002, 0.0035])),
    )
    return obj, target


def connect(draw, objects):
    """Connect two random objects, unless the second one takes no input.

    A connection without a synapse goes forward only, so that there is no loop
    without a delay.
    """
    indices = range(len(objects))
    i, j = draw(st.sampled_from(indices)), draw(st.sampled_from(indices))
    pre, post = objects[i][0], objects[j][1]
    if post is None:
        return
    synapse = draw(st.sampled_from(SYNAPSES[0 if i < j else 1 :]))
    width = draw(st.integers(1, min(pre.size_out, post.size_in)))
    start = draw(st.integers(0, post.size_in - width))
    step = draw(st.sampled_from([1, -1]))
    scale = draw(st.floats(-0.9, 0.9))
    view = post[start : start + width]
    if draw(st.booleans()):
        view = post[list(range(start, start + width))[::step]]
    function = None
    if isinstance(pre, nengo.Ensemble):
        function = draw(st.sampled_from([None, np.square]))
    connection = nengo.Connection(
        pre[:width], view, transform=scale, function=function, synapse=synapse
    )
    learns = (
        isinstance(pre, nengo.Ensemble)
        and not isinstance(pre.neuron_type, nengo.Direct)
        and synapse is not None
        and draw(st.booleans())
    )
    if learns:
        connection.transform = scale * np.eye(width)
        connection.learning_rule_type = nengo.PES()
        nengo.Connection(
            pre[:width], connection.learning_rule, transform=0.1 * np.eye(width)
        )


@settings(max_examples=60)
@given(networks(), st.booleans())
def test_random_network(network, optimize):
    with nengo.Simulator(network, seed=1, optimize=False, progress_bar=False) as ref:
        ref.run_steps(25)
    with Simulator(network, seed=1, optimize=optimize, progress_bar=False) as sim:
        sim.run_steps(25)
        python = [part for part in sim._plan.parts if not isinstance(part, Part)]
        # All but the functions of nodes and of Direct ensembles is compiled.
        assert {type(part) for part in python} <= {SimPyFunc}
        assert len(python) < len(sim._plan.parts)
    for probe in network.all_probes:
        np.testing.assert_allclose(
            sim.data[probe], ref.data[probe], rtol=1e-7, atol=1e-7
        )
