"""Learning rules: the changes of the weights."""

from nengo.builder.learning_rules import SimBCM, SimOja, SimPES, SimVoja

from nengo_lmu.simulator.compiled import counterpart, device, kernel


@device
def _scaled(m, n, y, rate, x):
    """y = rate x."""
    for j in range(n):
        m[y + j] = rate * m[x + j]


@kernel
def pes(m, a):
    """delta = alpha error x activity. Row: shape (2), delta, error, activity, alpha."""
    activity = a[4]
    for i in range(a[0]):
        error = m[a[5]] * m[a[3] + i]
        _scaled(m, a[1], a[2] + i * a[1], error, activity)


@kernel
def bcm(m, a):
    """delta = alpha post (post - theta) x pre.

    Row: shape (2), delta, post, pre, alpha, theta.
    """
    pre = a[4]
    for i in range(a[0]):
        post = m[a[3] + i]
        rate = m[a[5]] * post * (post - m[a[6] + i])
        _scaled(m, a[1], a[2] + i * a[1], rate, pre)


@kernel
def oja(m, a):
    """delta = alpha post x pre - beta alpha post^2 weights.

    Row: shape (2), delta, post, pre, alpha and beta, weights.
    """
    pre = a[4]
    for i in range(a[0]):
        post = m[a[3] + i]
        rate = m[a[5]] * post
        forget = -m[a[5] + 1] * (rate * post)
        delta = a[2] + i * a[1]
        weights = a[6] + i * a[1]
        for j in range(a[1]):
            m[delta + j] = forget * m[weights + j] + rate * m[pre + j]


@kernel
def voja(m, a):
    """delta = alpha learning (scale post x pre - post encoders).

    Row: shape (2), delta, post, pre, alpha, encoders, scale, learning.
    """
    pre = a[4]
    rate = m[a[5]] * m[a[8]]
    for i in range(a[0]):
        post = m[a[3] + i]
        scaled = m[a[7] + i] * post
        delta = a[2] + i * a[1]
        encoders = a[6] + i * a[1]
        for j in range(a[1]):
            m[delta + j] = rate * (scaled * m[pre + j] - post * m[encoders + j])


@counterpart(SimPES)
def plan_pes(plan, op):
    plan.row(
        pes,
        *op.delta.shape,
        plan.at(op.delta),
        plan.at(op.error),
        plan.at(op.pre_filtered),
        plan.constants(-op.learning_rate * plan.dt / op.pre_filtered.shape[0]),
    )


@counterpart(SimBCM)
def plan_bcm(plan, op):
    plan.row(
        bcm,
        *op.delta.shape,
        plan.at(op.delta),
        plan.at(op.post_filtered),
        plan.at(op.pre_filtered),
        plan.constants(op.learning_rate * plan.dt),
        plan.at(op.theta),
    )


@counterpart(SimOja)
def plan_oja(plan, op):
    plan.row(
        oja,
        *op.delta.shape,
        plan.at(op.delta),
        plan.at(op.post_filtered),
        plan.at(op.pre_filtered),
        plan.constants(op.learning_rate * plan.dt, op.beta),
        plan.at(op.weights),
    )


@counterpart(SimVoja)
def plan_voja(plan, op):
    plan.row(
        voja,
        *op.delta.shape,
        plan.at(op.delta),
        plan.at(op.post_filtered),
        plan.at(op.pre_decoded),
        plan.constants(op.learning_rate * plan.dt),
        plan.at(op.scaled_encoders),
        plan.array(op.scale),
        plan.at(op.learning_signal),
    )
