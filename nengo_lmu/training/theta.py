"""A memory with a trainable window."""

import nengo
import numpy as np

from nengo_lmu import checks
from nengo_lmu.networks.memory import Memory
from nengo_lmu.theory.legendre import state_space
from nengo_lmu.training.compatibility import load

nengo_dl = load()
import tensorflow as tf  # noqa: E402  (nengo-dl sets up its Keras)


class TrainableMemory(Memory):
    r"""Exact discrete memory with a window that is trained like the other weights.

    The discrete system is the matrix exponential of the continuous one,

    .. math:: \begin{pmatrix} \bar A & \bar B \\ 0 & I \end{pmatrix} = E(s) = e^{s M},
       \quad M = \begin{pmatrix} A & B \\ 0 & 0 \end{pmatrix}, \quad
       s = \frac{\mathrm{dt}}{\theta},

    with (A, B) for a window of 1 s, so its derivative is exact:
    :math:`dE / d\log\theta = -s M E`. The logarithm of θ is trained, so that each step
    is a ratio and θ stays positive.

    This memory runs in NengoDL only. To deploy it, build the network again with an
    `IdealMemory` or a `SpikingMemory` of the trained ``theta``.

    Parameters
    ----------
    order : int
        Number of Legendre polynomials.
    theta : float
        Initial window in seconds.
    n_channels : int, optional
        Number of signals with this window. For different windows, give `LMU` a list.
    dt : float, optional
        Time step in seconds.
    label : str, optional
        Name of the network.
    """

    trainable_theta = True

    def __init__(self, order, theta, *, n_channels=1, dt=0.001, label=None):
        super().__init__(order, theta, n_channels, dt, label, seed=None)
        size, n = self.state.size_out, self.n_channels
        hold = nengo.LinearFilter([1.0], [1.0, 0.0], analog=False)  # one step of delay
        with self:
            self.step = nengo_dl.TensorNode(
                self._layer(), shape_in=(size + n,), shape_out=(size,), pass_time=False
            )
            nengo.Connection(self.state, self.step[:size], synapse=hold)
            nengo.Connection(self.input, self.step[size:], synapse=hold)
            nengo.Connection(self.step, self.state, synapse=None)

    def _layer(self):
        return _Step(self.order, self.theta, self.n_channels, self.dt)

    def set_theta(self, theta):
        """Set the window, in seconds."""
        theta = checks.theta(float(theta), self.dt, obj=self)
        self._described["theta"] = theta
        self.step.tensor_func = self._layer()

    @property
    def variable(self):
        """Logarithm of theta in the simulator that was built last, a tf.Variable."""
        return self.step.tensor_func.log_theta


class _Step(tf.keras.layers.Layer):
    """The next m of each channel from (m, u)."""

    def __init__(self, order, theta, n_channels, dt):
        super().__init__()
        self.theta, self.order, self.n_channels, self.dt = theta, order, n_channels, dt

    def build(self, input_shape):
        self.log_theta = self.add_weight(
            name="log_theta",
            shape=(1,),
            initializer=tf.keras.initializers.Constant(np.log(self.theta)),
        )

    def call(self, x):
        Ad, Bd = zero_order_hold(self.log_theta[0], self.order, self.dt)
        m, u = tf.split(x, [self.n_channels * self.order, self.n_channels], axis=1)
        m = tf.reshape(m, (-1, self.n_channels, self.order))
        m = tf.matmul(m, Ad, transpose_b=True) + u[:, :, None] * Bd
        return tf.reshape(m, (-1, self.n_channels * self.order))


def zero_order_hold(log_theta, order, dt):
    """Discretize the memory, differentiable with respect to the logarithm of theta.

    Parameters
    ----------
    log_theta : scalar tf.Tensor
        Logarithm of theta in seconds.
    order : int
    dt : float
        Time step in seconds.

    Returns
    -------
    Ad, Bd : (order, order) and (order,) tf.Tensor
        Calculated in float64, then converted to the type of ``log_theta``.
    """
    A, B = state_space(order, 1.0)
    generator = tf.constant(np.block([[A, B], [np.zeros((1, order + 1))]]))

    @tf.custom_gradient
    def exponential(log_theta):
        step = dt / tf.exp(tf.cast(log_theta, tf.float64))
        exact = tf.linalg.expm(step * generator)

        def gradient(upstream):
            slope = -step * tf.matmul(generator, exact)
            slope = tf.reduce_sum(slope * tf.cast(upstream, tf.float64))
            return tf.cast(slope, log_theta.dtype)

        return tf.cast(exact, log_theta.dtype), gradient

    both = exponential(log_theta)
    return both[:order, :order], both[:order, order]
