"""Variations of recordings: what they change, and what they leave."""

import numpy as np
import pytest

from nengo_lmu.experiments.spoken_digits import features, varied

VARIETY = varied.Variety()


@pytest.fixture
def generator():
    return np.random.default_rng(3)


@pytest.fixture
def sound(generator):
    """Half a second of a tone that fades in and out."""
    t = np.arange(4000) / 8000
    tone = np.sin(2 * np.pi * 700 * t) * np.sin(2 * np.pi * t)
    return np.float32(0.3 * tone + 1e-4 * generator.standard_normal(len(t)))


def test_varied_words_are_words(sound, generator):
    """Bands within their range, of other lengths; the tone stays in its region."""
    frames = [varied.varied(sound, 20, VARIETY, generator) for _ in range(40)]
    whole = len(features.power(sound))
    lengths = [len(of) for of in frames]
    assert min(lengths) < 0.8 * whole and max(lengths) > 1.2 * whole
    assert max(lengths) <= np.ceil(np.exp(VARIETY.stretch) * whole)
    assert all(np.all((of >= 0) & (of < 1.001)) for of in frames)
    spectrum = features.power(sound)
    middle = features.bands(spectrum, features.mel_bank(20)).mean(axis=0).argmax()
    loudest = np.array([of.mean(axis=0).argmax() for of in frames])
    assert np.median(np.abs(loudest - middle)) <= 2


def test_same_generator_same_word(sound):
    words = [
        varied.varied(sound, 12, VARIETY, np.random.default_rng(5)) for _ in range(2)
    ]
    assert np.array_equal(*words)


def test_cut_keeps_what_is_loud(generator):
    energy = np.array([1e-7, 1e-6, 0.1, 1.0, 1e-7, 0.2, 1e-7])
    spectrum = np.outer(energy, np.ones(4))
    found = {varied.cut(spectrum, generator).tobytes() for _ in range(50)}
    allowed = {spectrum[a:b].tobytes() for a in (0, 1, 2) for b in (6, 7)}
    assert found <= allowed and spectrum[2:6].tobytes() in found


def test_noise_has_its_level(generator):
    """Ten decibels below 1 for each frame, on average."""
    found = varied.noise((20000, 30), (10.0, 10.0), generator)
    assert found.sum(axis=1).mean() == pytest.approx(0.1, rel=0.01)


def test_silence_can_be_varied(generator):
    frames = varied.varied(np.zeros(2000, np.float32), 12, VARIETY, generator)
    assert np.all(np.isfinite(frames))
