"""Training in JAX with optax: layers behind memories whose states are given."""

from functools import partial

import nengo
import numpy as np

from nengo_lmu.extras import import_extra
from nengo_lmu.networks.weights import get_weights, layers

jax, optax = import_extra("jax", "jax"), import_extra("optax", "jax")
jnp = jax.numpy

EPSILON, BETA_2 = 1e-7, 0.999
"""Of Adam, as in Keras, which adds epsilon before the correction of the bias."""

ACTIVITIES = {
    nengo.RectifiedLinear: lambda kind, x: kind.amplitude * jax.nn.relu(x),
    nengo.Sigmoid: lambda kind, x: jax.nn.sigmoid(x) / kind.tau_ref,
    nengo.Tanh: lambda kind, x: jnp.tanh(x) / kind.tau_ref,
}


class JaxTrainer:
    """The weights of a `Stack` and Adam, in JAX.

    The parameters and methods are those of `NengoDLTrainer`.
    """

    packages = "jax", "optax"

    def __init__(self, network, nodes, data, options):
        self.network, self.options = network, options
        names = {layer.memory.state: name for name, layer in layers(network).items()}
        self.names = [names.get(node, "input") for node in nodes]
        self.steps = slice(-1 if data.targets.shape[1] == 1 else 0, None)
        self.set_weights(get_weights(network))
        self._adam = optax.adam(1.0).init(self._weights)
        self._step = jax.jit(self._update, donate_argnums=(0, 1))
        self._forward = jax.jit(self._run)

    def close(self):
        """Nothing is open."""

    def fit(self, data, noise, rate, end_batch):
        """Train on all batches in order, and return the mean loss."""
        inputs, total = self._inputs(data, noise), 0.0
        n = len(data) // self.options.batch
        for batch in range(n):
            rows = slice(batch * self.options.batch, (batch + 1) * self.options.batch)
            some = {name: x[rows] for name, x in inputs.items()}
            self._weights, self._adam, loss = self._step(
                self._weights, self._adam, some, data.targets[rows], rate
            )
            total += float(loss)
            end_batch(batch, total / (batch + 1))
        return total / n

    def predict(self, data, noise):
        """Outputs (n, n_steps, size), and activities of the units by layer."""
        found = self._forward(self._weights, self._inputs(data, noise))
        return jax.tree.map(np.asarray, found)

    def loss(self, targets, outputs):
        """Loss of outputs, without the penalty of the rates."""
        return float(self._loss(targets, outputs))

    def weights(self):
        """Current weights, by name."""
        return _arrays(self._weights)

    def set_weights(self, weights):
        """Set all weights."""
        self._weights = _variables(weights)

    def optimizer_state(self):
        """Both moments of the weights, by name, and the number of steps."""
        adam = self._adam[0]
        return [_arrays(adam.mu), _arrays(adam.nu)], int(adam.count)

    def set_optimizer_state(self, moments, iterations):
        """Set what `optimizer_state` returns."""
        mu, nu = map(_variables, moments)
        count = jnp.asarray(iterations, jnp.int32)
        adam = self._adam[0]._replace(count=count, mu=mu, nu=nu)
        self._adam = adam, *self._adam[1:]

    def _inputs(self, data, noise):
        """Inputs with noise: of layers by their names, and of the network."""
        inputs = dict(zip(self.names, data.inputs, strict=True))
        inputs |= {name: inputs[name] + errors for name, errors in noise.items()}
        return {name: x[:, self.steps] for name, x in inputs.items()}

    def _run(self, weights, inputs, dropped=lambda name, x: x):
        """Outputs and activities of the network, as nengo calculates them."""
        below, activities = inputs.get("input"), {}
        for name, layer in layers(self.network).items():
            current = inputs[name] @ weights[f"{name}.W_m"].T
            if below is not None and f"{name}.W_x" in weights:
                current += below @ weights[f"{name}.W_x"].T
            if f"{name}.b" in weights:
                current += weights[f"{name}.b"]
            kind = layer.ensemble.neuron_type
            activities[name] = ACTIVITIES[type(kind)](kind, current)
            below = dropped(name, activities[name])
        outputs = below @ weights["readout"].T + weights["readout_bias"][:, 0]
        return outputs, activities

    def _update(self, weights, adam, inputs, targets, rate):
        """Do one step of Adam: new weights, new state, loss."""
        count = adam[0].count
        key = jax.random.fold_in(jax.random.key(self.options.seed), count)

        def loss(weights):
            outputs, activities = self._run(weights, inputs, partial(self._drop, key))
            smoothing = self.options.smoothing
            return self._loss(targets, outputs, smoothing) + self._penalty(activities)

        loss, gradients = jax.value_and_grad(loss)(weights)
        epsilon = EPSILON / jnp.sqrt(1 - BETA_2 ** (count + 1))
        optimizer = optax.adam(rate, b2=BETA_2, eps=epsilon)
        updates, adam = optimizer.update(gradients, adam)
        return optax.apply_updates(weights, updates), adam, loss

    def _drop(self, key, name, x):
        """Set random activities of a layer to zero, and scale up the others."""
        rate = self.options.dropout
        if rate == 0:
            return x
        kept = jax.random.bernoulli(
            jax.random.fold_in(key, int(name)), 1 - rate, x.shape
        )
        return jnp.where(kept, x / (1 - rate), 0)

    def _loss(self, targets, outputs, smoothing=0.0):
        if self.options.loss == "mse":
            return jnp.mean(jnp.square(outputs - targets))
        wanted = jax.nn.one_hot(targets[..., 0], outputs.shape[-1])
        wanted = optax.smooth_labels(wanted, smoothing)
        return jnp.mean(optax.softmax_cross_entropy(outputs, wanted))

    def _penalty(self, activities):
        """Loss of activities above a limit, see ``rates`` of `train`."""
        if self.options.rates is None:
            return 0.0
        limit, weight = self.options.rates
        excess = [jax.nn.relu(jnp.abs(x) / limit - 1) for x in activities.values()]
        return weight * sum(jnp.mean(jnp.square(x)) for x in excess)


def _variables(weights):
    return {name: jnp.array(w, jnp.float32) for name, w in weights.items()}


def _arrays(variables):
    # Copies: the buffers of the variables are given to the next step.
    return {name: np.array(variable) for name, variable in variables.items()}
