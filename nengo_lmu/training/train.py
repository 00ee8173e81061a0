"""Training of networks with NengoDL."""

import json
import zlib
from time import perf_counter

import numpy as np

from nengo_lmu import checks, report
from nengo_lmu.files import output_directory, to_json, write_table
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained
from nengo_lmu.networks.weights import get_weights, layers, set_weights
from nengo_lmu.training import plot
from nengo_lmu.training.checkpoint import Checkpoint
from nengo_lmu.training.compatibility import load
from nengo_lmu.training.data import Data
from nengo_lmu.training.dropout import dropout as dropping
from nengo_lmu.training.harness import Harness
from nengo_lmu.training.noise import StateNoise
from nengo_lmu.training.progress import DivergedError, TrainingProgress
from nengo_lmu.training.variables import Variables
from nengo_lmu.versions import versions

load()
import tensorflow as tf  # noqa: E402  (nengo-dl sets up its Keras)

CHECKPOINT_FILE = "checkpoint.npz"
RARE = 99.9
"""Percentile of the activity that a hidden unit rarely exceeds."""
N_ACTIVITY = 5000
"""Number of samples from which the activity is measured."""


def train(
    network,
    inputs,
    targets,
    *,
    loss="mse",
    validation=0.1,
    epochs=100,
    patience=None,
    batch=100,
    learning_rate=1e-3,
    dropout=0.0,
    noise=None,
    rates=None,
    seed=0,
    model="network",
    parameters=None,
    out=None,
    progress=True,
):
    """Train the weights of a network with Adam, in a `nengo_dl.Simulator`.

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
    validation : float or pair of (inputs, targets), optional
        Validation data, or the fraction of the data that is held out at random.
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
        classes, ``learning_rate``, ``seconds``.

    Raises
    ------
    DivergedError
        If the loss is NaN or infinite. The network and model.npz then have the best
        weights until then.
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
    if not checks.is_number(dropout) or not 0 <= dropout < 1:
        checks.fail("dropout", "a number in [0, 1)", dropout)
    run = _Training(network, loss, batch, learning_rate, noise, rates, seed)
    data, held_back = run.split(inputs, targets, validation)
    epochs = checks.integer(epochs, attr="epochs")
    parameters = {} if parameters is None else parameters
    settings = {"model": model, "parameters": parameters, "dropout": dropout}
    settings |= run.settings(data, held_back)
    settings = json.loads(to_json(settings))
    if out is not None:
        out = output_directory(out)
    with dropping(network, dropout, seed) as drops:
        run.build(data, drops)
        with run.simulator:
            if out is not None:
                run.resume(Checkpoint.load(out / CHECKPOINT_FILE, settings))
            monitor = TrainingProgress(
                epochs, len(data) // batch, len(run.history), progress
            )
            diverged = None
            try:
                with monitor.bar:
                    for _ in run.epochs(epochs, patience, data, held_back, monitor):
                        if out is not None:
                            run.checkpoint(settings).save(out / CHECKPOINT_FILE)
            except DivergedError as error:
                diverged = error
            activity = run.activity(data)
    set_weights(network, run.best)
    trained = Trained(
        model,
        parameters,
        get_weights(network),
        activity,
        versions("nengo_dl", "tensorflow"),
    )
    if out is not None:
        trained.save(out / MODEL_FILE)
        if run.history:
            write_table(out / "history.csv", run.history)
            report.save(plot.draw(run.history), out / "learning-curve.png")
    if diverged is not None:
        raise diverged
    return trained, run.history


def _penalty(limit, weight):
    """Loss of activities above a limit, see ``rates`` of `train`."""
    limit, weight = checks.positive(limit, "rates"), checks.positive(weight, "rates")

    def penalty(_, activity):
        excess = tf.nn.relu(tf.abs(activity) / limit - 1)
        return weight * tf.reduce_mean(tf.square(excess))

    return penalty


class _Training:
    """A training that runs epoch by epoch."""

    def __init__(self, network, loss, batch, learning_rate, noise, rates, seed):
        self.network = network
        self.loss_name = checks.one_of(loss, ("mse", "crossentropy"), "loss")
        self.batch = checks.integer(batch, attr="batch")
        self.learning_rate = learning_rate
        if not callable(learning_rate):
            rate = checks.positive(learning_rate, "learning_rate")
            self.learning_rate = lambda epoch: rate
        self.rates, self.seed = rates, checks.integer(seed, 0, attr="seed")
        if rates is not None and np.shape(rates) != (2,):
            checks.fail("rates", "a pair, limit and weight", rates)
        self.noise = {}
        for name, layer in layers(network).items():
            covariance = noise.get(name) if isinstance(noise, dict) else noise
            if covariance is not None:
                self.noise[name] = StateNoise(layer.memory, covariance)
        self.history = []

    def split(self, inputs, targets, validation):
        """Split the data into training and validation data."""
        if not isinstance(inputs, dict):
            inputs = {self.network.input: inputs}
        self.nodes = list(inputs)
        data = Data.of(inputs, targets, self.nodes)
        if isinstance(validation, tuple):
            own, targets = validation
            if not isinstance(own, dict):
                own = {self.network.input: own}
            held_back = Data.of(own, targets, self.nodes)
        else:
            if not checks.is_number(validation) or not 0 < validation < 1:
                checks.fail("validation", "a number in (0, 1) or data", validation)
            rows = np.random.default_rng([self.seed, 0]).permutation(len(data))
            n = max(1, round(validation * len(data)))
            data, held_back = data.take(rows[n:]), data.take(rows[:n])
        for part in (data, held_back):
            if self.loss_name == "crossentropy":
                part.check_classes(self.network.output.size_in)
            else:
                part.check_values(self.network.output.size_in)
        if len(data) < self.batch:
            checks.fail("batch", f"at most the {len(data)} samples", self.batch)
        return data, held_back

    def build(self, data, drops):
        """Build the simulator."""
        only_last = data.targets.shape[1] == 1 < data.n_steps
        harness = Harness(
            self.network, self.nodes, self.noise, only_last, data.n_steps == 1
        )
        self.harness = harness
        self.simulator = harness.simulator(self.batch, self.seed)
        if self.loss_name == "mse":
            self.loss = tf.keras.losses.MeanSquaredError()
        else:
            self.loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        losses = {harness.output: self.loss}
        if self.rates is not None:
            losses |= dict.fromkeys(harness.units.values(), _penalty(*self.rates))
        self.optimizer = tf.keras.optimizers.Adam(jit_compile=False)
        self.simulator.compile(optimizer=self.optimizer, loss=losses)
        self.variables = Variables(self.simulator, self.network.weights)
        self.optimizer.build(self.variables.of_model)
        for drop in drops:
            drop.step = self.optimizer.iterations
        self.best = self.variables.split(self.variables.of_model)

    def settings(self, data, held_back):
        """Settings that a checkpoint must match, as JSON values."""
        weights = get_weights(self.network).items()
        return {
            "weights": {name: list(weight.shape) for name, weight in weights},
            "loss": self.loss_name,
            "batch": self.batch,
            "learning_rate": self.learning_rate(0),
            "noise": {name: zlib.crc32(of.roots) for name, of in self.noise.items()},
            "rates": self.rates,
            "seed": self.seed,
            "data": [data.fingerprint(), held_back.fingerprint()],
        }

    def epochs(self, number, patience, data, held_back, monitor):
        """Train, and yield after each epoch."""
        while len(self.history) < number and not self.is_over(patience):
            self.epoch(data, held_back, monitor)
            yield

    def epoch(self, data, held_back, monitor):
        """Train for one epoch, and add a row to the history."""
        begin, done = perf_counter(), len(self.history)
        rng = np.random.default_rng([self.seed, 1, done])
        n = len(data) // self.batch * self.batch
        some = data.take(rng.permutation(len(data))[:n])
        y = {self.harness.output: some.targets}
        if self.rates is not None:
            for probe in self.harness.units.values():
                y[probe] = np.zeros((n, 1, probe.size_in), np.float32)
        rate = self.learning_rate(done)
        self.optimizer.learning_rate.assign(rate)
        fitted = self.simulator.fit(
            self._inputs(some, rng), y, shuffle=False, verbose=0, callbacks=[monitor]
        )
        row = {"epoch": done + 1, "loss": float(fitted.history["loss"][0])}
        row |= self._validate(held_back)
        monitor.check(row["val_loss"], n // self.batch)
        row |= {"learning_rate": float(rate), "seconds": perf_counter() - begin}
        if self._error(row) < min(map(self._error, self.history), default=np.inf):
            self.best = self.variables.split(self.variables.of_model)
        self.history.append(row)
        monitor.epoch += 1

    def _error(self, row):
        return 1 - row["val_accuracy"] if "val_accuracy" in row else row["val_loss"]

    def _inputs(self, data, rng):
        inputs = dict(zip(self.harness.sources, data.inputs, strict=True))
        for name, noise in self.noise.items():
            drawn = noise.draw(len(data), data.n_steps, rng)
            inputs[self.harness.noise[name]] = drawn
        return inputs

    def _predict(self, data, rng):
        padded = data.padded(self.batch)
        return self.simulator.predict(self._inputs(padded, rng), verbose=0)

    def _validate(self, data):
        # The noise is the same in each epoch.
        outputs = self._predict(data, np.random.default_rng([self.seed, 2]))
        outputs = outputs[self.harness.output][: len(data)]
        found = {"val_loss": float(self.loss(data.targets, outputs))}
        if self.loss_name == "crossentropy":
            right = np.argmax(outputs, axis=-1) == data.targets[..., 0]
            found["val_accuracy"] = float(np.mean(right))
        return found

    def is_over(self, patience):
        """Whether the last ``patience`` epochs brought no better error."""
        errors = [self._error(row) for row in self.history]
        return (
            patience is not None
            and len(errors) > 0
            and len(errors) - 1 - int(np.argmin(errors)) >= patience
        )

    def activity(self, data):
        """Activity that each unit rarely exceeds with the best weights, by layer."""
        self.variables.assign(self.variables.of_model, self.best)
        data = data.take(slice(0, N_ACTIVITY))
        outputs = self._predict(data, np.random.default_rng([self.seed, 3]))
        return {
            name: np.percentile(np.abs(outputs[probe]), RARE, axis=(0, 1))
            for name, probe in self.harness.units.items()
        }

    def checkpoint(self, settings):
        """Return the current state of the training."""
        return Checkpoint(
            settings,
            self.variables.split(self.variables.of_model),
            self.best,
            [self.variables.split(moments) for moments in self._moments()],
            int(self.optimizer.iterations),
            self.history,
        )

    def resume(self, checkpoint):
        """Continue from a checkpoint, unless it is None."""
        if checkpoint is None:
            return
        self.variables.assign(self.variables.of_model, checkpoint.weights)
        pairs = zip(self._moments(), checkpoint.moments, strict=True)
        for moments, values in pairs:
            self.variables.assign(moments, values)
        self.optimizer.iterations.assign(checkpoint.iterations)
        self.best, self.history = checkpoint.best, checkpoint.history

    def _moments(self):
        return self.optimizer._momentums, self.optimizer._velocities
