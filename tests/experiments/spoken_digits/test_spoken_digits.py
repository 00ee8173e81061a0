"""Spoken digits: bands, states, and the quick form from training to spikes."""

import json
from importlib.util import find_spec
from pathlib import Path

import nengo
import numpy as np
import pytest
from click.testing import CliRunner
from scipy.io import wavfile

from nengo_lmu.cli import main
from nengo_lmu.data.spoken_digits import Recordings
from nengo_lmu.experiments.memory_run import play
from nengo_lmu.experiments.spoken_digits import features, listen
from nengo_lmu.experiments.spoken_digits import network as net
from nengo_lmu.experiments.spoken_digits.bench import disturbed, evaluate_once
from nengo_lmu.experiments.spoken_digits.chip import occupied
from nengo_lmu.files import read_table
from nengo_lmu.networks import IdealMemory
from nengo_lmu.networks.trained_network import Trained
from nengo_lmu.networks.weights import get_weights

PARAMETERS = {"n_bands": 3, "order": 4, "theta": 0.2, "n_hidden": 5}


def word(digit, rng):
    """A tone that rises or falls from a pitch of the digit's."""
    n = rng.randint(2000, 3000)
    pitch = (400 + 600 * (digit // 2)) * np.exp(rng.uniform(-0.05, 0.05))
    sweep = 1 + (0.5 if digit % 2 else -0.3) * np.linspace(0, 1, n)
    x = np.sin(2 * np.pi * np.cumsum(pitch * sweep) / 8000) * rng.uniform(0.1, 0.5)
    return np.int16(2**15 * x + rng.normal(0, 20, n))


def test_bands_are_causal_and_do_not_depend_on_loudness(rng):
    sound = np.float32(word(5, rng) / 2**15)
    bank = features.mel_bank(20)
    whole = features.bands(features.power(sound), bank)
    part = features.bands(features.power(sound[:1600]), bank)
    assert np.allclose(whole[: len(part)], part)
    assert np.allclose(features.bands(features.power(2 * sound), bank), whole)
    assert whole.max() == pytest.approx(1, abs=1e-3) and whole.min() >= 0
    silent = features.bands(features.power(0 * sound), bank)
    assert np.allclose(silent, 0, atol=1e-6)
    assert len(whole) == 1 + (len(sound) - features.STEP) // features.STEP


def test_bank_at_a_tone():
    """The band whose middle is nearest to a tone is the loudest."""
    t = np.arange(2000) / 8000
    for f in (300, 1000, 2500):
        spectrum = features.power(np.float32(0.5 * np.sin(2 * np.pi * f * t)))
        bank = features.mel_bank(20)
        middles = np.arange(len(bank)) @ bank / bank.sum(axis=0) * 8000 / 256
        loudest = features.bands(spectrum, bank)[-1].argmax()
        assert abs(loudest - np.argmin(np.abs(middles - f))) <= 1


def test_stretched():
    frames = np.arange(10.0)[:, None] @ [[1.0, 2.0]]
    assert np.allclose(features.stretched(frames, 1), frames)
    slow = features.stretched(frames, 2)
    assert slow.shape == (20, 2) and np.allclose(slow[[0, -1]], frames[[0, -1]])
    assert features.stretched(frames[:1], 0.5).shape == (2, 2)


def test_states_are_those_of_the_network(rng, Simulator):
    """At the end of a word, and in the silence after it."""
    words = [rng.uniform(0, 1, (n, 3)) for n in (30, 12)]
    values, ends = net.stream(words, PARAMETERS)
    with nengo.Network() as model:
        network = net.build(PARAMETERS, memory=IdealMemory, seed=0)
        play(np.concatenate([values, values[-1:]]), network.input, net.DT)
        state = nengo.Probe(network.layers[0].memory.state)
    with Simulator(model, dt=net.DT, progress_bar=None) as simulator:
        simulator.run_steps(len(values) + 1)
    hold = round(net.HOLD / net.DT)
    found = simulator.data[state][hold::hold]
    for frames, end in zip(words, ends, strict=True):
        at = [len(frames), len(frames) + 4]
        expected = net.states(frames, PARAMETERS, at)
        assert np.allclose(found[[end - 1, end + 3]], expected, atol=0.05)
    assert np.allclose(found[ends[0] - 1], net.states(words[0], PARAMETERS, [30])[0])


def test_words_of_a_stream():
    """A short pause is within a word, a click is none, and the last word ends."""
    loud, quiet = np.ones((30, 3)), np.zeros((15, 3))
    parts = [quiet, loud, quiet, loud, quiet, quiet, loud[:3], quiet, quiet, loud]
    spans = listen.spans(np.concatenate(parts))
    assert spans == [(15, 90), (153, 183)]
    assert listen.spans(quiet) == []


def test_disturbed(rng):
    """Noise has the power that its level says; silence comes before the sound."""
    sounds = [np.float32(word(3, rng) / 2**15)]
    ones = np.zeros(1, int)
    changed = dict(disturbed(Recordings(sounds, ones, ones.astype(str), ones)))
    for level in (20, 10, 0):
        noise = changed[f"noise at {level} dB"].sounds[0] - sounds[0]
        ratio = np.mean(sounds[0] ** 2) / np.mean(noise**2)
        assert 10 * np.log10(ratio) == pytest.approx(level, abs=0.5)
    largest = np.abs(sounds[0]).max()
    assert np.abs(changed["clipped"].sounds[0]).max() == pytest.approx(largest / 10)
    later = changed["after a second of silence"].sounds[0]
    assert np.array_equal(later[8000:], sounds[0]) and not later[:8000].any()


def test_cores_of_the_network(rng):
    """Four chained populations take two cores, the hidden layer takes one."""
    pytest.importorskip("nengo_loihi")
    parameters = {**PARAMETERS, "n_bands": 1, "theta": 0.7}
    network = net.build(parameters, seed=0)
    weights, activity = get_weights(network), {"0": np.ones(5)}
    trained = Trained(net.NAME, parameters, weights, activity)
    words = [rng.uniform(0, 1, (40, 1)) for _ in range(3)]
    found = occupied(trained, words)
    assert found == {"cores": 3, "chips": 1}


@pytest.fixture
def folder(tmp_path, rng):
    path = tmp_path / "recordings"
    path.mkdir()
    for digit in range(10):
        for index in range(17):
            name = path / f"{digit}_ann_{index}.wav"
            wavfile.write(name, 8000, word(digit, rng))
    return tmp_path


def test_bad_recordings_are_one_line(folder):
    """A missing folder, a file that is cut off, a digit that is none; no model."""
    recordings, out = folder / "recordings", folder / "out"
    cut_off = recordings / "0_ann_0.wav"

    def refused(data, match):
        command = ["train", "spoken-digits", "--data", str(data), "--out", str(out)]
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 2 and match in result.output
        assert len(result.output.strip().splitlines()) == 1
        assert not out.exists() or not list(out.iterdir())

    refused(folder / "none", "there is no folder")
    cut_off.write_bytes(cut_off.read_bytes()[:500])
    refused(recordings, "cut off")
    cut_off.rename(recordings / "10_ann_0.wav")
    refused(recordings, "the digit 0 to 9")


def test_quick_form(folder, monkeypatch):
    if find_spec("nengo_dl") is None:
        pytest.skip("nengo-dl is not installed")
    monkeypatch.chdir(folder)

    def run(*arguments):
        result = CliRunner().invoke(main, [*arguments, "--data", "."])
        assert result.exit_code == 0, result.output

    run("train", "spoken-digits", "--quick", "--out", "out")
    found = json.loads((folder / "out" / "result.json").read_text())
    assert found["accuracy"] > 80 and found["words"] == 50
    for memory in ("ideal", "spiking"):
        more = "--backend", "nengo-lmu", "--memory", memory
        run("evaluate", "out", *more)
    rows = json.loads((folder / "out" / "evaluations.json").read_text())
    for row in rows.values():
        assert row["rates"] == found["accuracy"]
        assert row["accuracy"] > 75
    assert rows["nengo-lmu spiking"]["memory_spikes_per_s"] > 0
    assert rows["nengo-lmu ideal"]["memory_spikes_per_s"] == 0
    known = evaluate_once(Path("out"), backend="nengo-lmu", memory="ideal", data=None)
    assert known == rows["nengo-lmu ideal"]
    over_time = read_table(folder / "out" / "over-time-nengo-lmu-spiking.csv")
    last = over_time[-1]
    assert (last["over"], last["seconds"]) == (100, 1)
    assert last["rates"] == pytest.approx(found["accuracy"])
    expected = rows["nengo-lmu spiking"]["accuracy"]
    assert last["nengo-lmu"] == pytest.approx(expected)
    assert over_time[0]["rates"] < last["rates"]
    run("listen", "out", "--out", "words")
    found = read_table(folder / "words" / "words.csv")
    assert len(found) == 6 and (folder / "words" / "words.png").is_file()
    begins = [row["begin"] for row in found]
    assert np.all(np.diff(begins) > 0.7)
