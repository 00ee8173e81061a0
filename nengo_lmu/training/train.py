"""Training a network with NengoDL."""

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
"""Percentile of a hidden unit's activity that it rarely exceeds."""
N_ACTIVITY = 5000
"""Samples from which the activity is measured."""


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

    Afterwards the network has the weights that were best on the validation data.

    Parameters
    ----------
    network : nengo.Network
        A `Stack`, or another network with ``input``, ``output``, ``weights``, and
        layers that are like an `LMU`.
    inputs : array or dict of {nengo.Node: array}
        For ``network.input``, or for some nodes each: (n, n_steps, size), or (n, size)
        for one step. The ``state`` of a `GivenState` is such a node.
    targets : array
        (n, n_steps, size); or (n, size), of the last step only. For the loss
        "crossentropy" whole numbers, the classes, (n,).
    loss : {"mse", "crossentropy"}, optional
    validation : float or pair of (inputs, targets), optional
        Data that is held back; or the part of the data that is, chosen by the seed.
    epochs : int, optional
        Most epochs.
    patience : int, optional
        Epochs without a better validation error (1 - accuracy for classes, else the
        loss) after which to stop. By default all epochs are run.
    batch : int, optional
        Samples of a step. An incomplete last batch is dropped; the samples are
        reshuffled in each epoch.
    learning_rate : float or callable, optional
        Or a function from the epoch, 0 for the first, to the rate in it.
    dropout : float, optional
        Part of the hidden units that is silent in each step.
    noise : (order, order) array or dict of {str: array}, optional
        Covariance of the error of the memory's state that is added in training and
        validation, for each layer or by layer ("0", ...): that of the spiking memory
        which is planned, see `nengo_lmu.design.prediction.state_noise`.
    rates : pair of float, optional
        (limit, weight) adds to the loss the weight times the mean square of what
        activities of hidden units have above the limit, in parts of it. The loudest
        moments of a unit set the scale of its spikes. They are few in the mean, so
        weights are large: 100 to 1,000 times the loss.
    seed : int, optional
        Seed of the order of the samples, dropout, noise and the split.
    model, parameters : str and dict, optional
        Name and parameters of the network, written into the file, see `Trained`.
    out : path_like, optional
        Directory for model.npz (the best weights), history.csv, learning-curve.png, and
        checkpoint.npz after each epoch. A training that was stopped goes on from there
        when it is called again, as if it had not been.
    progress : bool, optional
        Whether to show a progress bar.

    Returns
    -------
    trained : Trained
    history : list of dict
        A row an epoch: ``epoch``, ``loss``, ``val_loss``, ``val_accuracy`` for classes,
        ``learning_rate``, ``seconds``.

    Raises
    ------
    DivergedError
        If the loss is NaN or infinite. The network, and model.npz, then have the
        best weights until there.
    ValidationError
        If data and network do not fit, or ``out`` has a checkpoint of another training.
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
    """The loss of activities above a limit, see ``rates`` of `train`."""
    limit, weight = checks.positive(limit, "rates"), checks.positive(weight, "rates")

    def penalty(_, activity):
        excess = tf.nn.relu(tf.abs(activity) / limit - 1)
        return weight * tf.reduce_mean(tf.square(excess))

    return penalty


class _Training:
    """A training, epoch by epoch."""

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
        """The data of training and of validation."""
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
        """Settings that a checkpoint must share, for JSON."""
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
        """Train; yield after each epoch."""
        while len(self.history) < number and not self.is_over(patience):
            self.epoch(data, held_back, monitor)
            yield

    def epoch(self, data, held_back, monitor):
        """One epoch, a row of the history."""
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
        # The same noise at each epoch.
        outputs = self._predict(data, np.random.default_rng([self.seed, 2]))
        outputs = outputs[self.harness.output][: len(data)]
        found = {"val_loss": float(self.loss(data.targets, outputs))}
        if self.loss_name == "crossentropy":
            right = np.argmax(outputs, axis=-1) == data.targets[..., 0]
            found["val_accuracy"] = float(np.mean(right))
        return found

    def is_over(self, patience):
        """Whether there was nothing better for so many epochs."""
        errors = [self._error(row) for row in self.history]
        return (
            patience is not None
            and len(errors) > 0
            and len(errors) - 1 - int(np.argmin(errors)) >= patience
        )

    def activity(self, data):
        """What each hidden unit rarely exceeds with the best weights, by layer."""
        self.variables.assign(self.variables.of_model, self.best)
        data = data.take(slice(0, N_ACTIVITY))
        outputs = self._predict(data, np.random.default_rng([self.seed, 3]))
        return {
            name: np.percentile(np.abs(outputs[probe]), RARE, axis=(0, 1))
            for name, probe in self.harness.units.items()
        }

    def checkpoint(self, settings):
        """Where the training stands."""
        return Checkpoint(
            settings,
            self.variables.split(self.variables.of_model),
            self.best,
            [self.variables.split(moments) for moments in self._moments()],
            int(self.optimizer.iterations),
            self.history,
        )

    def resume(self, checkpoint):
        """Go on from there, if there is something."""
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
