"""What the strategies for regular spikes have in common."""

from dataclasses import replace

import numpy as np

from nengo_lmu.design.pairs import (
    Expected,
    far_points,
    population_of,
    solve_pairs,
)
from nengo_lmu.design.tuning import N_STD, gaussian_points, moves_matter

LEAST = 4
"""Least number of neurons in a dimension: two of each sign."""

N_SEEN = 1000
"""Points that decoders are solved at, of a sample and of a moving value."""


def counted_loops(strategy, designer):
    """Loops of neurons that are laid out for the errors of their counts.

    Parameters
    ----------
    strategy : object
        With ``alike``, whether all populations are alike but for their phases;
        ``candidates(designer, n)``, functions that each return
        the tuning curves and sizes of groups of a population; ``start(designer,
        population, places)``, its neuron type with initial voltages.
    designer : Designer
    """
    for channel, expected in enumerate(designer.expected):
        layout = designer.layouts[expected]
        moving = moves_matter(designer.neuron_type)
        given = designer.choices, expected, layout.realization
        values = expected_values(*given, moving, designer.rng)
        best, populations = {}, []
        for columns, n in designer.shares(designer.choices.n_neurons):
            seen = values[columns.start]

            def solved(make, seen=seen, layout=layout):
                return solve_pairs(*make(), seen, layout.gain, layout.slow)

            make = strategy.candidates(designer, n)
            if (seen, n) not in best:
                tried = [solved(each) for each in make]
                which = int(np.argmin([pairs.cost for pairs in tried]))
                best[seen, n] = which, tried[which]
            elif not strategy.alike:
                which, _ = best[seen, n]
                best[seen, n] = which, solved(make[which])
            population, places = population_of(best[seen, n][1], columns, n)
            kind = strategy.start(designer, population, places)
            populations.append(replace(population, neuron_type=kind))
        made = layout.realization, populations, layout.paths, float(layout.slow)
        yield designer.close(channel, *made)


def expected_values(choices, expected, realization, moving, rng):
    """What each dimension is expected to hold: an `Expected` for each.

    Dimensions of the same radius share theirs. With velocities if ``moving``.
    """
    radii = np.broadcast_to(choices.radii, choices.order)
    transform = realization.transform
    speeds = np.sqrt(np.diag(realization.covariance(expected.velocity)))
    of_radius = {}
    for radius in dict.fromkeys(radii.tolist()):
        same = radii == radius
        speed = np.sqrt(np.mean(speeds[same] ** 2))
        if expected.states is not None:
            x = (expected.states @ transform[same].T).ravel()
            velocity = (expected.velocities @ transform[same].T).ravel()
            some = rng.choice(len(x), min(N_SEEN, len(x)), replace=False)
            x, velocity = x[some], velocity[some]
        elif moving:
            x, velocity = (gaussian_points(2, N_SEEN) * [1 / N_STD / radius, speed]).T
        else:
            x, velocity = far_points() / radius, None
        of_radius[radius] = Expected(x, speed, velocity if moving else None)
    return [of_radius[radius] for radius in radii.tolist()]
