"""The reader that needs no other tool: forward Euler steps of NIR's equations.

After the documentation of NIR; every spike arrives a step later. It is slow.
"""

import numpy as np

from nengo_lmu.extras import import_extra


class Reader:
    """A graph of `nengo_lmu.to_nir` and the state of its neurons.

    Parameters
    ----------
    graph : nir.NIRGraph
    dt : float
        Time step in seconds.
    reset : {"zero", "subtract"}, optional
        What the neurons do at a spike.
    settled : bool, optional
        Whether currents begin as those that the biases make.
    """

    def __init__(self, graph, dt, reset="zero", settled=False):
        nir = import_extra("nir", "nir")
        self.affine = nir.Linear, nir.Affine
        self.graph, self.dt, self.reset = graph, dt, reset
        self.sources = {
            name: [a for a, b in graph.edges if b == name] for name in graph.nodes
        }
        self.neurons = {
            name: node
            for name, node in graph.nodes.items()
            if isinstance(node, nir.CubaLIF)
        }
        self.v = {name: 0.0 * node.v_leak for name, node in self.neurons.items()}
        self.i = dict(self.v)
        self.spikes = dict(self.v)
        if settled:
            self.values = {"input": np.zeros(graph.nodes["input"].input_type["input"])}
            for name, node in self.neurons.items():
                self.i[name] = node.w_in * self.arriving(name)

    def value(self, name):
        """Output of a node at this step."""
        if name in self.neurons:
            return self.spikes[name]
        if name not in self.values:
            node, arriving = self.graph.nodes[name], self.arriving(name)
            if isinstance(node, self.affine):
                arriving = node.weight @ arriving + getattr(node, "bias", 0)
            self.values[name] = arriving
        return self.values[name]

    def arriving(self, name):
        """Sum of what the sources of a node output at this step."""
        return sum(self.value(source) for source in self.sources[name])

    def run(self, u):
        """What the graph outputs for (n_steps,) or (n_steps, n_channels) inputs."""
        output = []
        for u_t in np.reshape(u, (len(u), -1)):
            self.values = {"input": u_t}
            arriving = {name: self.arriving(name) for name in self.neurons}
            for name, p in self.neurons.items():
                into = p.w_in * arriving[name] - self.i[name]
                self.i[name] = self.i[name] + self.dt / p.tau_syn * into
                into = p.v_leak - self.v[name] + p.r * self.i[name]
                v = self.v[name] + self.dt / p.tau_mem * into
                spikes = v > p.v_threshold
                after = p.v_reset if self.reset == "zero" else v - p.v_threshold
                self.spikes[name] = spikes.astype(float)
                self.v[name] = np.where(spikes, after, v)
            self.values = {"input": u_t}
            output.append(self.value("output"))
        return np.array(output)
