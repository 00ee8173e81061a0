"""Alike Poisson neurons, drawn as groups, are distributed as those drawn one by one.

Each test that can fail by chance has a false-alarm rate of at most 1e-4 (the seeds
are fixed, so the outcome is always the same).
"""

import nengo
import numpy as np
import pytest
from scipy import stats

from nengo_lmu.simulator import Simulator
from nengo_lmu.simulator.kernels import poisson_alike

ALARM = 1e-4
DT = 0.001
N_STEPS = 20_000


def network_of(value, n=60, *, base=None, decoders=None, spikes=False, types=(1, -1)):
    """Alike neurons of each type of encoder; what they decode, and their count."""
    encoders = np.resize(types, (len(np.atleast_1d(value)), n)).T.astype(float)
    with nengo.Network(seed=0) as network:
        source = nengo.Node(np.atleast_1d(value))
        network.ens = nengo.Ensemble(
            n,
            encoders.shape[1],
            neuron_type=nengo.PoissonSpiking(base or nengo.RectifiedLinear()),
            encoders=encoders,
            normalize_encoders=False,
            gain=np.full(n, 8.0),
            bias=np.full(n, 5.0),
        )
        nengo.Connection(source, network.ens, synapse=None)
        sums = nengo.Node(size_in=2)
        if decoders is None:
            decoders = np.stack([encoders[:, 0], np.ones(n)])
        nengo.Connection(
            network.ens.neurons, sums, transform=DT * decoders, synapse=None
        )
        network.sums = nengo.Probe(sums)
        network.spikes = nengo.Probe(network.ens.neurons) if spikes else None
    return network


def run(network, n_steps=N_STEPS, seed=1):
    with Simulator(network, dt=DT, seed=seed, progress_bar=False) as sim:
        sim.run_steps(n_steps + 1)
    return sim


@pytest.fixture
def taken(monkeypatch):
    """Whether the groups were taken, for each population that is planned."""
    found, groups = [], poisson_alike.alike_groups

    def record(plan, population):
        found.append(groups(plan, population) is not None)
        return groups(plan, population)

    monkeypatch.setattr("nengo_lmu.simulator.populations.alike_groups", record)
    return found


def p_of_poisson(counts, mean):
    """p-value that the counts are independent Poisson numbers of a mean."""
    edges = np.unique(stats.poisson.ppf(np.linspace(0.02, 0.98, 15), mean))
    observed = np.histogram(counts, np.r_[-1, edges, np.inf] + 0.5)[0]
    share = np.diff(np.r_[0, stats.poisson.cdf(edges, mean), 1])
    return stats.chisquare(observed, share * len(counts)).pvalue


CASES = {
    "both": (0.3, nengo.RectifiedLinear()),
    "many spikes": (400.0, nengo.RectifiedLinear()),
    "one silent": (-2.0, nengo.RectifiedLinear()),
    "lif": (0.4, nengo.LIFRate()),
    "sigmoid": (-0.02, nengo.Sigmoid()),
    "plane": ([0.1, 0.2], nengo.RectifiedLinear()),
}


@pytest.mark.parametrize("case", CASES)
def test_counts_of_groups(case, taken):
    """Poisson, of the means of Nengo's own rates, each group on its own."""
    value, base = CASES[case]
    network = network_of(value, base=base)
    sim = run(network)
    assert taken == [True]
    difference, total = np.rint(sim.data[network.sums][1:]).T
    rates = nengo.builder.ensemble.get_activities(
        sim.data[network.ens], network.ens, np.atleast_2d(value)
    ).ravel()
    for sign, counts in ((1, total + difference), (-1, total - difference)):
        own = network.ens.encoders[:, 0] == sign
        mean = DT * np.sum(rates[own])
        if mean == 0:
            assert not counts.any()
        else:
            assert p_of_poisson(counts / 2, mean) > ALARM
    if np.all(np.std([total + difference, total - difference], axis=1) > 0):
        both = np.corrcoef(total + difference, total - difference)[0, 1]
        assert abs(both) < stats.norm.isf(ALARM / 2) / np.sqrt(N_STEPS)


def test_decoded_values_have_the_same_distribution_as_events(taken):
    """What is decoded from groups and from single spikes: a two-sample test."""
    groups = run(network_of(0.3))
    single = network_of(0.3, spikes=True)  # spikes are read, so each is drawn
    events = run(single, seed=2)
    assert taken == [True, False]
    a, b = (np.rint(sim.data[sim.model.probes[0]][1:, 0]) for sim in (groups, events))
    values = np.unique(np.r_[a, b])
    table = [[np.sum(each == value) for value in values] for each in (a, b)]
    table = np.array(table)[:, np.sum(table, axis=0) > 20]
    assert stats.chi2_contingency(table).pvalue > ALARM


@pytest.mark.parametrize("change", ["decoders", "types", "learning"])
def test_neurons_that_differ_are_drawn_one_by_one(change, taken):
    if change == "decoders":
        network = network_of(0.3, decoders=np.random.RandomState(0).randn(2, 60))
    elif change == "types":
        network = network_of(0.3, types=np.linspace(0.5, 1, 60))
    else:
        network = network_of(0.3)
        with network:
            learned = nengo.Node(size_in=1)
            connection = nengo.Connection(
                network.ens, learned, learning_rule_type=nengo.PES(), synapse=None
            )
            nengo.Connection(nengo.Node(1.0), connection.learning_rule)
    run(network, 10)
    assert taken == [False]
