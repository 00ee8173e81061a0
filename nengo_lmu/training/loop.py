"""A training, epoch by epoch: what does not depend on the trainer."""

import zlib
from contextlib import closing, contextmanager
from time import perf_counter

import numpy as np

from nengo_lmu import checks
from nengo_lmu.networks.weights import get_weights, layers
from nengo_lmu.training.checkpoint import Checkpoint
from nengo_lmu.training.data import Data
from nengo_lmu.training.noise import StateNoise
from nengo_lmu.training.trainers import Options, choose, make

RARE = 99.9
"""Percentile of the activity that a hidden unit rarely exceeds."""
N_ACTIVITY = 5000
"""Number of samples from which the activity is measured."""


class Training:
    """A training of a network.

    Parameters
    ----------
    network, trainer, loss, smoothing, batch, learning_rate, dropout, noise, rates, seed
        See `nengo_lmu.training.train`.

    Attributes
    ----------
    history : list of dict
        One row per epoch.
    best : dict of {str: array}
        Weights with the least validation error.
    """

    def __init__(
        self,
        network,
        *,
        trainer,
        loss,
        smoothing,
        batch,
        learning_rate,
        dropout,
        noise,
        rates,
        seed,
    ):
        self.network, self.trainer_name = network, trainer
        for name, value in (("dropout", dropout), ("smoothing", smoothing)):
            if not checks.is_number(value) or not 0 <= value < 1:
                checks.fail(name, "a number in [0, 1)", value)
        if smoothing and loss != "crossentropy":
            checks.fail("smoothing", "0 unless the loss is 'crossentropy'", smoothing)
        self.learning_rate = learning_rate
        if not callable(learning_rate):
            rate = checks.positive(learning_rate, "learning_rate")
            self.learning_rate = lambda epoch: rate
        if rates is not None:
            if np.shape(rates) != (2,):
                checks.fail("rates", "a pair, limit and weight", rates)
            rates = tuple(checks.positive(value, "rates") for value in rates)
        self.noise = {}
        for name, layer in layers(network).items():
            covariance = noise.get(name) if isinstance(noise, dict) else noise
            if covariance is not None:
                self.noise[name] = StateNoise(layer.memory, covariance)
        self.options = Options(
            checks.one_of(loss, ("mse", "crossentropy"), "loss"),
            smoothing,
            checks.integer(batch, attr="batch"),
            dropout,
            rates,
            checks.integer(seed, 0, attr="seed"),
            tuple(self.noise),
        )
        self.history = []

    def split(self, inputs, targets, validation):
        """Split the data into training and validation data, and choose the trainer."""
        if not isinstance(inputs, dict):
            inputs = {self.network.input: inputs}
        self.nodes, options = list(inputs), self.options
        data, held_back = Data.of(inputs, targets, self.nodes), None
        if isinstance(validation, tuple):
            own, targets = validation
            if not isinstance(own, dict):
                own = {self.network.input: own}
            held_back = Data.of(own, targets, self.nodes)
        elif validation is not None:
            if not checks.is_number(validation) or not 0 < validation < 1:
                checks.fail(
                    "validation", "a number in (0, 1), data or None", validation
                )
            rows = np.random.default_rng([options.seed, 0]).permutation(len(data))
            n = max(1, round(validation * len(data)))
            data, held_back = data.take(rows[n:]), data.take(rows[:n])
        for part in filter(None, (data, held_back)):
            if options.loss == "crossentropy":
                part.check_classes(self.network.output.size_in)
            else:
                part.check_values(self.network.output.size_in)
        if len(data) < options.batch:
            checks.fail("batch", f"at most the {len(data)} samples", options.batch)
        self.data, self.held_back = data, held_back
        self.trainer_name = choose(self.trainer_name, self.network, self.nodes)

    @property
    def n_batches(self):
        """Number of batches per epoch."""
        return len(self.data) // self.options.batch

    @contextmanager
    def built(self):
        """Build the trainer for the duration of a ``with`` block."""
        made = make(
            self.trainer_name, self.network, self.nodes, self.data, self.options
        )
        with closing(made) as self.trainer:
            self.best = self.trainer.weights()
            yield

    @property
    def packages(self):
        """Packages that train the network."""
        return self.trainer.packages

    def settings(self):
        """Settings that a checkpoint must match, as JSON values."""
        weights, options = get_weights(self.network).items(), self.options
        parts = self.data, self.held_back
        return {
            "trainer": self.trainer_name,
            "weights": {name: list(weight.shape) for name, weight in weights},
            "loss": options.loss,
            "smoothing": options.smoothing,
            "batch": options.batch,
            "learning_rate": self.learning_rate(0),
            "dropout": options.dropout,
            "noise": {name: zlib.crc32(of.roots) for name, of in self.noise.items()},
            "rates": options.rates,
            "seed": options.seed,
            "data": [part and part.fingerprint() for part in parts],
        }

    def epochs(self, number, patience, monitor):
        """Train, and yield after each epoch."""
        while len(self.history) < number and not self.is_over(patience):
            self.epoch(monitor)
            yield

    def epoch(self, monitor):
        """Train for one epoch, and add a row to the history."""
        begin, done = perf_counter(), len(self.history)
        rng = np.random.default_rng([self.options.seed, 1, done])
        rows = rng.permutation(len(self.data))[: self.n_batches * self.options.batch]
        some, rate = self.data.take(rows), self.learning_rate(done)
        loss = self.trainer.fit(some, self._noise(some, rng), rate, monitor.end_batch)
        row = {"epoch": done + 1, "loss": loss}
        if self.held_back is not None:
            row |= self._validate()
            monitor.check(row["val_loss"], self.n_batches)
        row |= {"learning_rate": float(rate), "seconds": perf_counter() - begin}
        if self._error(row) < min(map(self._error, self.history), default=np.inf):
            self.best = self.trainer.weights()
        self.history.append(row)
        monitor.epoch += 1

    def _error(self, row):
        if self.held_back is None:
            return -row["epoch"]  # the later, the better
        return 1 - row["val_accuracy"] if "val_accuracy" in row else row["val_loss"]

    def _noise(self, data, rng):
        shape = len(data), data.n_steps
        return {name: noise.draw(*shape, rng) for name, noise in self.noise.items()}

    def _predict(self, data, purpose):
        # The noise is the same in each epoch.
        rng = np.random.default_rng([self.options.seed, purpose])
        return self.trainer.predict(data, self._noise(data, rng))

    def _validate(self):
        outputs, _ = self._predict(self.held_back, 2)
        targets = self.held_back.targets
        found = {"val_loss": self.trainer.loss(targets, outputs)}
        if self.options.loss == "crossentropy":
            right = np.argmax(outputs, axis=-1) == targets[..., 0]
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

    def activity(self):
        """Activity that each unit rarely exceeds with the best weights, by layer."""
        self.trainer.set_weights(self.best)
        _, activities = self._predict(self.data.take(slice(0, N_ACTIVITY)), 3)
        return {
            name: np.percentile(np.abs(activity), RARE, axis=(0, 1))
            for name, activity in activities.items()
        }

    def checkpoint(self, settings):
        """Return the current state of the training."""
        moments, iterations = self.trainer.optimizer_state()
        weights = self.trainer.weights()
        return Checkpoint(
            settings, weights, self.best, moments, iterations, self.history
        )

    def resume(self, checkpoint):
        """Continue from a checkpoint, unless it is None."""
        if checkpoint is None:
            return
        self.trainer.set_weights(checkpoint.weights)
        self.trainer.set_optimizer_state(checkpoint.moments, checkpoint.iterations)
        self.best, self.history = checkpoint.best, checkpoint.history
