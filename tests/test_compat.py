"""nengo-loihi and nengo-dl as the fixes leave them: they must run, and run right."""

import subprocess
import sys
from importlib import metadata
from importlib.machinery import ModuleSpec
from types import ModuleType

import nengo
import numpy as np
import pytest

from nengo_lmu.extras import MissingExtraError, import_extra, swapped
from nengo_lmu.loihi import compatibility as compat_loihi
from nengo_lmu.training import compatibility as compat_dl


def python(code):
    """Run code in a Python of its own; its exit status and what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stdout.strip(), done.stderr


def recurrent_network(seed=3):
    """A small recurrent network that follows a sine through a lowpass."""
    with nengo.Network(seed=seed) as net:
        stim = nengo.Node(lambda t: np.sin(8 * t))
        ens = nengo.Ensemble(50, 1)
        nengo.Connection(stim, ens, transform=0.1, synapse=0.1)
        nengo.Connection(ens, ens, transform=0.9, synapse=0.1)
        net.probe = nengo.Probe(ens, synapse=0.03)
    return net


def test_missing_extra_is_one_line_with_the_command():
    with pytest.raises(MissingExtraError) as info:
        import_extra("nengo_of_nobody", "loihi")
    assert "\n" not in str(info.value)
    assert 'pip install "nengo-lmu[loihi]"' in str(info.value)


def test_broken_package_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "half_installed.py").write_text("import nengo_of_nobody\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError) as info:
        import_extra("half_installed", "loihi")
    assert not isinstance(info.value, MissingExtraError)


def test_swapped_puts_everything_back():
    mapping = {"kept": 1, "changed": 2}
    with swapped(mapping, {"changed": 3, "new": 4}):
        assert mapping == {"kept": 1, "changed": 3, "new": 4}
        mapping["arrived"] = 5
    assert mapping == {"kept": 1, "changed": 2, "arrived": 5}


class TestLoihi:
    @pytest.mark.parametrize(
        ("numpy_version", "loihi_version", "needed"),
        [
            ("1.26.4", "1.1.0", False),
            ("2.0.0", "1.1.0", True),
            ("2.3.5", "1.0.0", True),
            ("2.3.5", "1.1.1", False),
            ("2.3.5", "1.2.0.dev0", False),
        ],
    )
    def test_needed(self, numpy_version, loihi_version, needed):
        assert compat_loihi.needed(numpy_version, loihi_version) is needed

    @pytest.mark.skipif(
        not compat_loihi.needed(np.__version__, "1.1.0"), reason="NumPy 1 itself"
    )
    def test_numpy_1_meaning_of_copy(self):
        numpy_1 = compat_loihi.NumPy1()
        floats = np.zeros(3)
        assert numpy_1.array(floats, copy=False) is floats
        assert numpy_1.array(floats) is not floats
        assert numpy_1.array(floats, copy=True) is not floats
        assert numpy_1.array([1, 2], dtype=float, copy=False).dtype == float
        assert numpy_1.float32 is np.float32

    def test_runs(self):
        """The emulator takes spikes, full weights and a tuning curve."""
        nengo_loihi = compat_loihi.load()
        net = recurrent_network()
        with nengo.Simulator(net, progress_bar=False) as ref:
            ref.run(0.5)
        with nengo_loihi.Simulator(net, progress_bar=False) as sim:
            sim.run(0.5)
        expected, actual = ref.data[net.probe], sim.data[net.probe]
        assert np.sqrt(np.mean(expected**2)) > 0.1
        assert np.sqrt(np.mean((actual - expected) ** 2)) < 0.15

    def test_mends_what_the_user_has_imported(self):
        """Without the fix the rates raise under NumPy 2; after ``mend`` they do not."""
        status, out, err = python(
            "import sys; sys.modules['tensorflow'] = None  # half a minute\n"
            "import nengo, nengo_loihi, numpy as np\n"
            "from nengo_lmu.loihi import compatibility as compat_loihi\n"
            "rates = nengo_loihi.neurons.loihi_rates\n"
            "args = nengo.LIF(), [[1.0, 2.0]], [1, 1], [0, 0], 0.001\n"
            "try: rates(*args); print('fine')\n"
            "except ValueError: print('broken')\n"
            "compat_loihi.mend()\n"
            "compat_loihi.mend()\n"
            "print(rates(*args).shape)\n"
        )
        assert status == 0, err
        broken = compat_loihi.needed(np.__version__, "1.1.0")
        assert out.split("\n") == ["broken" if broken else "fine", "(1, 2)"]

    def test_loads_no_tensorflow(self):
        """nengo-loihi alone would import it, and nengo-dl."""
        status, out, err = python(
            "import sys\n"
            "from nengo_lmu.loihi import compatibility as compat_loihi\n"
            "compat_loihi.load()\n"
            "print({'tensorflow', 'nengo_dl'} & sys.modules.keys())\n"
        )
        assert (status, out) == (0, "set()"), err

    def test_mend_imports_nothing(self):
        status, out, err = python(
            "import sys\n"
            "from nengo_lmu.loihi import compatibility as compat_loihi\n"
            "compat_loihi.mend()\n"
            "print('nengo_loihi' in sys.modules)\n"
        )
        assert (status, out) == (0, "False"), err


class TestDL:
    @pytest.mark.parametrize("version", ["3.6.0", "3.6.1", None])
    def test_needed(self, version, monkeypatch):
        def installed(name):
            if version is None:
                raise metadata.PackageNotFoundError(name)
            return version

        monkeypatch.setattr(metadata, "version", installed)
        assert compat_dl.needed() is (version == "3.6.0")

    def test_missing_package_is_named_with_the_extra(self, monkeypatch):
        monkeypatch.setattr(compat_dl, "needed", lambda: False)
        monkeypatch.setitem(sys.modules, "nengo_dl", None)
        with pytest.raises(MissingExtraError, match=r'nengo_dl .*"nengo-lmu\[dl\]"'):
            compat_dl.load()

    def test_keras_3_in_use_is_refused(self, monkeypatch):
        """Two stand-ins whose models differ, as those of Keras 3 and tf-keras do."""
        tensorflow, tf_keras = ModuleType("tensorflow"), ModuleType("tf_keras")
        tensorflow.keras = ModuleType("keras")
        tensorflow.keras.Model, tf_keras.Model = object(), object()
        tf_keras.__spec__ = ModuleSpec("tf_keras", None)
        monkeypatch.setenv("TF_USE_LEGACY_KERAS", "0")
        monkeypatch.delitem(sys.modules, "nengo_dl", raising=False)
        monkeypatch.setitem(sys.modules, "tensorflow", tensorflow)
        monkeypatch.setitem(sys.modules, "tf_keras", tf_keras)
        with pytest.raises(ImportError, match="TF_USE_LEGACY_KERAS=1"):
            compat_dl.load()

    def test_keras_is_put_back(self):
        """The names lent to nengo-dl for its import are gone, and so is the probe."""
        compat_dl.load()
        assert "keras.engine.functional" not in sys.modules
        assert subprocess.call([sys.executable, "-c", ""]) == 0

    def test_agrees_with_nengo(self):
        nengo_dl = compat_dl.load()
        net = recurrent_network()
        with nengo.Simulator(net, progress_bar=False) as ref:
            ref.run_steps(100)
        with nengo_dl.Simulator(net, progress_bar=False) as sim:
            sim.run_steps(100)
        np.testing.assert_allclose(
            sim.data[net.probe], ref.data[net.probe], rtol=0, atol=1e-5
        )

    def test_trains_and_freezes(self):
        """Adam lowers the loss a hundredfold; what it learned runs in nengo itself."""
        nengo_dl = compat_dl.load()
        import tensorflow as tf

        rng = np.random.RandomState(0)
        x = rng.uniform(-1, 1, size=(256, 1, 2))
        y = x @ np.array([[0.5], [-1.0]])
        with nengo.Network(seed=0) as net:
            stim = nengo.Node(np.zeros(2))
            hidden = nengo.Ensemble(20, 2, neuron_type=nengo.RectifiedLinear(0.01))
            nengo.Connection(stim, hidden, synapse=None)
            out = nengo.Node(size_in=1)
            nengo.Connection(hidden, out, synapse=None, function=lambda x: 0)
            probe = nengo.Probe(out)
        with nengo_dl.Simulator(
            net, minibatch_size=32, seed=0, progress_bar=False
        ) as sim:
            sim.compile(optimizer=tf.optimizers.Adam(0.01), loss="mse")
            before = sim.evaluate(x, y, verbose=0)["loss"]
            sim.fit(x, y, epochs=10, verbose=0)
            after = sim.evaluate(x, y, verbose=0)["loss"]
            sim.freeze_params(net)
            predicted = sim.predict(x[:32])[probe]
        assert after < before / 100

        stim.output = lambda t: x[int(round(t / 0.001)) - 1, 0]
        with nengo.Simulator(net, progress_bar=False) as ref:
            ref.run_steps(32)
        np.testing.assert_allclose(ref.data[probe], predicted[:, 0], rtol=0, atol=1e-5)
