"""The distribution of Poisson spikes equals theory and that of Nengo.

Each test that can fail by chance has a false-alarm rate of at most 1e-4 (the seeds
are fixed, so the outcome is always the same).
"""

import itertools

import nengo
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nengo_lmu.simulator import Simulator, populations
from nengo_lmu.simulator.kernels import poisson

ALARM = 1e-4
DT = 0.001


def population(
    value, n=40, rates=(100, 200), base=None, seed=1, dt=DT, spikes=True, **kwargs
):
    """A network with probes that represents a value in Poisson neurons."""
    value = np.atleast_1d(value)
    with nengo.Network(seed=seed) as network:
        ens = nengo.Ensemble(
            n,
            len(value),
            neuron_type=nengo.PoissonSpiking(base or nengo.LIFRate()),
            max_rates=nengo.dists.Uniform(*rates),
            intercepts=nengo.dists.Uniform(-0.9, 0.5),
            **kwargs,
        )
        nengo.Connection(nengo.Node(value), ens, synapse=None)
        network.decoded = nengo.Probe(ens)
        network.spikes = nengo.Probe(ens.neurons) if spikes else None
        network.ens = ens
    return network


def run(network, n_steps, seed=0, cls=Simulator, dt=DT):
    with cls(network, dt=dt, seed=seed, progress_bar=False) as sim:
        sim.run_steps(n_steps + 1)
    return sim


def counts_and_means(network, value, n_steps, dt=DT, **kwargs):
    """Spike counts (n_steps, n_neurons) and expected counts a step (n_neurons,)."""
    sim = run(network, n_steps, dt=dt, **kwargs)
    counts = np.rint(sim.data[network.spikes][1:] * dt)
    built = sim.data[network.ens]
    rates = network.ens.neuron_type.rates(
        np.atleast_2d(value) @ built.encoders.T / network.ens.radius,
        built.gain,
        built.bias,
    )
    return counts, np.ravel(rates) * dt


def p_of_counts(counts, means):
    """p-value that counts are independent Poisson numbers of these means.

    Chi-square over the values 0, 1, 2, ... of all neurons together.
    """
    largest = int(counts.max()) + 1
    observed = np.array([(counts == k).sum() for k in range(largest)] + [0.0])
    expected = stats.poisson.pmf(np.arange(largest)[:, None], means).sum(axis=1)
    expected = np.append(expected, len(means) - expected.sum()) * len(counts)
    while expected[-1] < 10:
        expected[-2] += expected[-1]
        observed[-2] += observed[-1]
        expected, observed = expected[:-1], observed[:-1]
    return stats.chi2.sf(
        np.sum((observed - expected) ** 2 / expected), len(expected) - 1
    )


def p_of_totals(counts, means):
    """p-value of the neurons' totals, by the variance-stabilized chi-square."""
    used = means > 0
    assert not counts[:, ~used].any()
    expected = len(counts) * means[used]
    z = (counts[:, used].sum(axis=0) - expected) / np.sqrt(expected)
    return stats.chi2.sf(np.sum(z**2), used.sum())


CASES = {
    "line": {"value": 0.3},
    "slow": {"value": -0.6, "rates": (20, 40), "n": 200},
    "one neuron": {"value": 0.9, "n": 1, "encoders": [[1.0]]},
    "outside the cells": {"value": 40.0},
    "rectified": {"value": 0.8, "base": nengo.RectifiedLinear()},
    "several spikes a step": {
        "value": 3.0,
        "base": nengo.RectifiedLinear(),
        "dt": 0.01,
    },
    "sigmoid": {"value": 0.2, "base": nengo.Sigmoid(), "rates": (250, 300)},
    "plane": {"value": [0.3, -0.5]},
    "outside the ball": {"value": [3.0, -0.5, 1.0]},
    "large radius": {"value": 7.0, "radius": 10.0},
    "large groups": {"value": 0.3, "n": 100, "most_groups": 3},
    "groups of all sizes": {"value": -0.4, "n": 11, "most_groups": 2},
    "a group of all": {"value": 0.5, "most_groups": 0, "rates": (20, 400)},
    "large groups in a plane": {"value": [0.3, -0.5], "most_groups": 2},
    "groups without neurons": {"value": 0.1, "n": 33},
    "blocks": {"value": 0.3, "n": 50, "block": 25},
    "blocks in a plane": {"value": [0.3, -0.5], "n": 50, "block": 12},
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts(case, monkeypatch):
    kwargs = dict(CASES[case])
    if "most_groups" in kwargs:
        monkeypatch.setattr(poisson, "_MOST_GROUPS", kwargs.pop("most_groups"))
    if "block" in kwargs:
        monkeypatch.setattr(populations, "_TILE", 1)
        monkeypatch.setattr(populations, "LARGE", kwargs["n"] - 1)
        monkeypatch.setattr(populations, "_BLOCK", kwargs.pop("block"))
    value = kwargs.pop("value")
    network = population(value, **kwargs)
    counts, means = counts_and_means(network, value, 20_000, kwargs.get("dt", DT))
    assert p_of_counts(counts, means) > ALARM
    assert p_of_totals(counts, means) > ALARM
    # variance equals the mean, neuron by neuron
    used = means > 0
    ratio = counts[:, used].var(axis=0).mean() / means[used].mean()
    spread = np.sqrt(np.sum(means[used] + 2 * means[used] ** 2) / len(counts))
    assert abs(ratio - 1) < stats.norm.isf(ALARM / 2) * spread / means[used].sum()


@pytest.mark.parametrize("most_groups, block", [(2, 100), (10, 100), (3, 20)])
def test_decoders_belong_to_their_neurons(most_groups, block, monkeypatch):
    """This holds for any order of the neurons in their groups, and in blocks."""
    monkeypatch.setattr(poisson, "_MOST_GROUPS", most_groups)
    monkeypatch.setattr(populations, "_TILE", 1)
    monkeypatch.setattr(populations, "LARGE", block)
    monkeypatch.setattr(populations, "_BLOCK", block)
    network = population(0.4, n=50)
    with network:
        more = nengo.Node(size_in=2)
        connection = nengo.Connection(
            network.ens, more, function=lambda x: [x, x**2], synapse=None
        )
        decoded = nengo.Probe(more)
    sim = run(network, 300)
    spikes = sim.data[network.spikes]
    assert np.count_nonzero(spikes) > 100
    np.testing.assert_allclose(
        sim.data[decoded], spikes @ sim.data[connection].weights.T, atol=1e-9
    )


@given(
    n=st.integers(1, 60),
    log_groups=st.integers(0, 7),
    n_features=st.integers(1, 3),
    seed=st.integers(0, 9),
)
def test_groups(n, log_groups, n_features, seed):
    """Each neuron is in one group; groups by a single feature are in its order."""
    features = np.random.RandomState(seed).randn(n_features, n)
    order = poisson._group_neurons(features, log_groups)
    assert sorted(order) == list(range(n))
    edges = (np.arange(2**log_groups + 1) * n) >> log_groups
    if n_features == 1:
        pairs = itertools.pairwise(edges)
        groups = [features[0, order[first:last]] for first, last in pairs]
        pairs = itertools.pairwise(group for group in groups if len(group))
        assert all(low.max() <= high.min() for low, high in pairs)


def test_a_bias_is_caught():
    """The tests above detect an error of 3 % in the rates, and a limit of one spike."""
    network = population(0.3)
    counts, means = counts_and_means(network, 0.3, 20_000)
    assert p_of_totals(counts, 1.03 * means) < ALARM
    assert p_of_counts(np.minimum(counts, 1), means) < ALARM


def test_moving_value():
    """Rates follow a value that moves through all cells."""
    network = population(0.0, n=50)
    network.nodes[0].output = lambda t: 1.5 * np.sin(2 * np.pi * 7 * t)
    sim = run(network, 20_000)
    built = sim.data[network.ens]
    x = 1.5 * np.sin(2 * np.pi * 7 * sim.trange())[:, None]
    rates = network.ens.neuron_type.rates(x @ built.encoders.T, built.gain, built.bias)
    counts = np.rint(sim.data[network.spikes] * DT)
    for part in (x[:, 0] > -2, (x[:, 0] > 0.5) & (x[:, 0] < 1), x[:, 0] < -1):
        means = rates[part].sum(axis=0) * DT
        used = means > 1
        z = (counts[part].sum(axis=0) - means)[used] / np.sqrt(means[used])
        assert stats.chi2.sf(np.sum(z**2), len(z)) > ALARM


def test_independence():
    """The counts of different neurons and of successive steps are uncorrelated."""
    network = population(0.3)
    counts, means = counts_and_means(network, 0.3, 20_000)
    z = (counts - means)[:, means > 0] / np.sqrt(means[means > 0])
    n = z.shape[1]
    pairs = (z.T @ z)[np.triu_indices(n, 1)] / np.sqrt(len(z))
    assert stats.chi2.sf(np.sum(pairs**2), len(pairs)) > ALARM
    lagged = (z[1:].T @ z[:-1]).ravel() / np.sqrt(len(z))
    assert stats.chi2.sf(np.sum(lagged**2), len(lagged)) > ALARM


def test_decoded_value_as_nengos():
    """First and second moments and the distribution equal those of Nengo."""
    network = population(0.4, n=30, spikes=False)
    decoded = []
    for cls in (nengo.Simulator, Simulator):
        with cls(network, seed=0, progress_bar=False) as sim:
            sim.run_steps(4001)
            decoded.append(np.array(sim.data[network.decoded][1:, 0]))
    ref, ours = decoded
    assert stats.ks_2samp(ref, ours).pvalue > ALARM
    assert stats.ttest_ind(ref, ours, equal_var=False).pvalue > ALARM
    assert stats.levene(ref, ours).pvalue > ALARM
    assert stats.ks_2samp(ref, ours + 0.2 * ref.std()).pvalue < ALARM


@pytest.mark.parametrize(
    "neuron_type",
    [
        nengo.PoissonSpiking(nengo.Tanh()),
        nengo.StochasticSpiking(nengo.Tanh()),
        nengo.StochasticSpiking(nengo.LIFRate()),
        nengo.PoissonSpiking(nengo.AdaptiveLIFRate(tau_n=0.1)),
    ],
    ids=str,
)
def test_neuron_by_neuron(neuron_type):
    """Signed rates, and rates with a state, cannot be simulated by events."""
    with nengo.Network(seed=0) as network:
        ens = nengo.Ensemble(40, 1, neuron_type=neuron_type)
        nengo.Connection(nengo.Node(0.5), ens, synapse=None)
        probe = nengo.Probe(ens.neurons)
        rates = nengo.Probe(ens.neurons, "rate_out")
    with Simulator(network, progress_bar=False) as sim:
        sim.run_steps(10_000)
    counts = sim.data[probe] * DT
    np.testing.assert_allclose(counts, np.rint(counts), atol=1e-9)
    means = sim.data[rates] * DT
    assert np.all(counts * means >= 0)
    variance = abs(means)
    if isinstance(neuron_type, nengo.StochasticSpiking):
        part = variance % 1
        variance = part * (1 - part)
        assert abs(counts).max() <= np.ceil(abs(means).max())
    used = variance.sum(axis=0) > 0
    z = (counts - means).sum(axis=0)[used] / np.sqrt(variance.sum(axis=0)[used])
    assert stats.chi2.sf(np.sum(z**2), used.sum()) > ALARM
    ratio = ((counts - means) ** 2).sum() / variance.sum()
    assert ratio == pytest.approx(1, abs=0.03)


def test_seeds():
    """Spikes depend on the seed of the run, and differ between populations."""
    with nengo.Network(seed=0) as network:
        probes = []
        for _ in range(2):
            ens = nengo.Ensemble(
                30, 1, seed=5, neuron_type=nengo.PoissonSpiking(nengo.LIFRate())
            )
            probes.append(nengo.Probe(ens.neurons))
    runs = []
    for seed in (3, 3, 4):
        with Simulator(network, seed=seed, progress_bar=False) as sim:
            sim.run_steps(200)
        runs.append([sim.data[probe] for probe in probes])
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0][0], runs[2][0])
    assert not np.array_equal(runs[0][0], runs[0][1])


def test_learned_decoders():
    """PES changes the decoders that the events select."""
    with nengo.Network(seed=0) as network:
        ens = nengo.Ensemble(100, 1, neuron_type=nengo.PoissonSpiking(nengo.LIFRate()))
        nengo.Connection(nengo.Node(0.5), ens)
        output = nengo.Node(size_in=1)
        connection = nengo.Connection(
            ens, output, function=lambda x: 0, learning_rule_type=nengo.PES(1e-3)
        )
        nengo.Connection(output, connection.learning_rule)
        nengo.Connection(nengo.Node(-0.7), connection.learning_rule)
        probe = nengo.Probe(output, synapse=0.1)
    with Simulator(network, progress_bar=False) as sim:
        sim.run_steps(2000)
    assert sim.data[probe][-1] == pytest.approx(0.7, abs=0.1)
