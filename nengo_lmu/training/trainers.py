"""The two trainers, and which of them trains a network."""

from dataclasses import dataclass
from importlib.util import find_spec

import nengo

from nengo_lmu import checks
from nengo_lmu.extras import MissingExtraError
from nengo_lmu.networks import GivenState, Stack
from nengo_lmu.networks.lmu import windows

JAX, NENGO_DL = "jax", "nengo-dl"
TRAINERS = (JAX, NENGO_DL)
FEED_FORWARD_TYPES = nengo.RectifiedLinear, nengo.Sigmoid, nengo.Tanh
"""Hidden units that are trained in JAX."""


@dataclass(frozen=True)
class Options:
    """What a trainer needs besides the network and the data.

    Parameters
    ----------
    loss : {"mse", "crossentropy"}
    smoothing : float
    batch : int
    dropout : float
    rates : pair of float or None
    seed : int
        Of the dropout.
    noisy : tuple of str
        Layers with noise added to the state of the memory.
    """

    loss: str
    smoothing: float
    batch: int
    dropout: float
    rates: tuple | None
    seed: int
    noisy: tuple


def choose(trainer, network, nodes):
    """Name of the trainer of a network; a check of the one that the user names.

    Parameters
    ----------
    trainer : {"jax", "nengo-dl"} or None
    network : nengo.Network
    nodes : list of nengo.Node
        Nodes that receive data.

    Returns
    -------
    str

    Raises
    ------
    ValidationError
        If JAX is named and cannot train the network.
    MissingExtraError
        If no trainer of the network is installed.
    """
    known = feeds_forward(network, nodes)
    if trainer is not None:
        checks.one_of(trainer, TRAINERS, "trainer")
        if trainer == JAX and not known:
            allowed = (
                f"{NENGO_DL!r} for a network that is not a Stack of rectified, tanh or "
                "sigmoid layers with memory=GivenState and states as its data"
            )
            checks.fail("trainer", allowed, trainer)
        return trainer
    if not known:
        return NENGO_DL
    if find_spec("jax") and find_spec("optax"):
        return JAX
    if find_spec("nengo_dl"):
        return NENGO_DL
    raise MissingExtraError(
        "training needs JAX with optax, or NengoDL; they come with: "
        'pip install "nengo-lmu[jax]" or "nengo-lmu[dl]"'
    )


def feeds_forward(network, nodes):
    """Whether the states of all memories are data, with known layers behind them."""
    if not isinstance(network, Stack):
        return False
    memories = [layer.memory for layer in network.layers]
    states = {memory.state for memory in memories}
    return (
        states <= set(nodes) <= states | {network.input}
        and all(type(w) is GivenState for m in memories for w in windows(m).values())
        and all(
            type(layer.ensemble.neuron_type) in FEED_FORWARD_TYPES
            for layer in network.layers
        )
    )


def make(trainer, *given):
    """Make the trainer of this name; see `NengoDLTrainer` for the arguments."""
    if trainer == JAX:
        from nengo_lmu.training.jax_trainer import JaxTrainer

        return JaxTrainer(*given)
    from nengo_lmu.training.nengo_dl_trainer import NengoDLTrainer

    return NengoDLTrainer(*given)
