"""Training of networks."""

import json
from collections.abc import Callable
from os import PathLike
from typing import Any, Literal

import nengo
from numpy.typing import ArrayLike

from nengo_lmu import checks, report
from nengo_lmu.files import output_directory, to_json, write_table
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained
from nengo_lmu.networks.weights import get_weights, set_weights
from nengo_lmu.training import plot
from nengo_lmu.training.checkpoint import Checkpoint
from nengo_lmu.training.loop import Training
from nengo_lmu.training.progress import DivergedError, TrainingProgress
from nengo_lmu.versions import versions

CHECKPOINT_FILE = "checkpoint.npz"


def train(
    network: nengo.Network,
    inputs: Any,
    targets: ArrayLike,
    *,
    loss: Literal["mse", "crossentropy"] = "mse",
    smoothing: float = 0.0,
    validation: Any = 0.1,
    epochs: int = 100,
    patience: int | None = None,
    batch: int = 100,
    learning_rate: float | Callable[[int], float] = 1e-3,
    dropout: float = 0.0,
    noise: Any = None,
    rates: tuple[float, float] | None = None,
    seed: int = 0,
    trainer: Literal["jax", "nengo-dl"] | None = None,
    model: str = "network",
    parameters: dict[str, Any] | None = None,
    out: str | PathLike[str] | None = None,
    progress: bool = True,
) -> tuple[Trained, list[dict[str, Any]]]:
    """Train the weights of a network with Adam.

    Afterwards the network has the weights with the least validation error.

    Parameters
    ----------
    network : nengo.Network
        A `Stack`, or another network with ``input``, ``output``, ``weights``, and
        layers with the attributes of an `LMU`.
    inputs : array or dict of {nengo.Node: array}
        Data of ``network.input``, or of several nodes, such as the ``state`` of a
        `GivenState`: (n, n_steps, size), or (n, size) for one step.
    targets : array
        (n, n_steps, size), or (n, size) for the last step only. With "crossentropy",
        whole numbers (n,), the classes.
    loss : {"mse", "crossentropy"}, optional
    smoothing : float, optional
        Probability that the cross-entropy spreads evenly over all classes, in training
        (label smoothing).
    validation : float, pair of (inputs, targets) or None, optional
        Validation data, or the fraction of the data that is held out at random. With
        None all data are trained on for all epochs, and the last weights are kept.
    epochs : int, optional
        Largest number of epochs.
    patience : int, optional
        Number of epochs without a better validation error (1 - accuracy for classes,
        else the loss) after which training stops. By default all epochs are run.
    batch : int, optional
        Samples per step. An incomplete last batch is dropped; the samples are
        reshuffled in each epoch.
    learning_rate : float or callable, optional
        Learning rate, or a function from the epoch (0 for the first) to its rate.
    dropout : float, optional
        Fraction of the hidden units that are dropped in each step.
    noise : (order, order) array or dict of {str: array}, optional
        Covariance of the errors added to the state of the memory in training and
        validation, for all layers or by layer ("0", ...). For a planned spiking memory
        it is `nengo_lmu.design.prediction.state_noise`.
    rates : pair of float, optional
        (limit, weight) of a penalty: the weight times the mean square of the relative
        excess of hidden activities above the limit. The largest activity of a unit
        sets the scale of its spikes. Such activities contribute little to the mean, so
        useful weights are large: 100 to 1,000 times the loss.
    seed : int, optional
        Seed of the order of the samples, dropout, noise and the split.
    trainer : {"jax", "nengo-dl"}, optional
        By default JAX if it is installed and can train the network: a `Stack` with
        ``memory=GivenState`` and the states as its data, of RectifiedLinear, Sigmoid
        or Tanh units. Otherwise NengoDL, which trains any network.
    model, parameters : str and dict, optional
        Name and parameters of the network, written into the file, see `Trained`.
    out : path_like, optional
        Directory for model.npz (the best weights), history.csv, learning-curve.png, and
        checkpoint.npz after each epoch. An interrupted training resumes from there,
        with the same result.
    progress : bool, optional
        Whether to show a progress bar.

    Returns
    -------
    trained : Trained
    history : list of dict
        One row per epoch: ``epoch``, ``loss``, ``val_loss``, ``val_accuracy`` for
        classes, ``learning_rate``, ``seconds``. Those that begin with ``val`` are of
        the validation data.

    Raises
    ------
    DivergedError
        If the loss is NaN or infinite. The network and model.npz then have the best
        weights until then.
    MissingExtraError
        If the trainer is not installed.
    ValidationError
        If data and network do not match, or ``out`` has a checkpoint of another
        training.

    Examples
    --------
    The mean of a window, learned by one layer:

    >>> from nengo_lmu.training import train
    >>> layer = {"n_hidden": 10, "theta": 0.05, "order": 4}
    >>> stack = nengo_lmu.networks.Stack(1, [layer], 1, seed=0)
    >>> u = np.random.RandomState(0).randn(64, 50, 1)
    >>> targets = u.mean(axis=1)
    >>> trained, history = train(stack, u, targets, epochs=1, batch=16, progress=False)
    >>> sorted(trained.weights)[:2]
    ['0.W_h', '0.W_m']
    """
    run = Training(
        network,
        trainer=trainer,
        loss=loss,
        smoothing=smoothing,
        batch=batch,
        learning_rate=learning_rate,
        dropout=dropout,
        noise=noise,
        rates=rates,
        seed=seed,
    )
    run.split(inputs, targets, validation)
    epochs = checks.integer(epochs, attr="epochs")
    parameters = {} if parameters is None else parameters
    settings = {"model": model, "parameters": parameters, **run.settings()}
    settings = json.loads(to_json(settings))
    if out is not None:
        out = output_directory(out)
    diverged = None
    with run.built():
        if out is not None:
            run.resume(Checkpoint.load(out / CHECKPOINT_FILE, settings))
        monitor = TrainingProgress(epochs, run.n_batches, len(run.history), progress)
        try:
            with monitor.bar:
                for _ in run.epochs(epochs, patience, monitor):
                    if out is not None:
                        run.checkpoint(settings).save(out / CHECKPOINT_FILE)
        except DivergedError as error:
            diverged = error
        activity, packages = run.activity(), run.packages
    set_weights(network, run.best)
    trained = Trained(
        model, parameters, get_weights(network), activity, versions(*packages)
    )
    if out is not None:
        trained.save(out / MODEL_FILE)
        if run.history:
            write_table(out / "history.csv", run.history)
            report.save(plot.draw(run.history), out / "learning-curve.png")
    if diverged is not None:
        raise diverged
    return trained, run.history
