"""WAV files of any rate, mono or stereo; recordings as a folder or as arrays."""

import numpy as np
import pytest
from nengo.exceptions import ValidationError
from scipy.io import wavfile

from nengo_lmu.data import spoken_digits, wav


def tone(rate, seconds=0.3, dtype=np.int16):
    t = np.arange(round(rate * seconds)) / rate
    x = 0.5 * np.sin(2 * np.pi * 440 * t)
    if dtype == np.uint8:
        return np.round(128 + 127 * x).astype(dtype)
    return (x * np.iinfo(dtype).max if dtype != np.float32 else x).astype(dtype)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32])
def test_rates_and_types(rate, dtype, tmp_path):
    """The same tone comes out of each file, within what eight bits hold."""
    wavfile.write(tmp_path / "a.wav", rate, tone(rate, dtype=dtype))
    found, expected = wav.read(tmp_path / "a.wav"), tone(8000, dtype=np.float32)
    assert found.dtype == np.float32 and abs(len(found) - len(expected)) <= 1
    inside = slice(100, -100)  # the ends of a resampled tone are another signal's
    error = found[: len(expected)][inside] - expected[: len(found)][inside]
    assert np.max(np.abs(error)) < 0.01


def test_stereo(tmp_path):
    left = tone(8000)
    wavfile.write(tmp_path / "a.wav", 8000, np.stack([left, 0 * left], axis=1))
    assert np.allclose(wav.read(tmp_path / "a.wav"), left / 2**16)


def refused(match, function, *arguments):
    with pytest.raises(ValidationError, match=match) as error:
        function(*arguments)
    assert "\n" not in str(error.value)


def test_broken_files(tmp_path):
    path = tmp_path / "a.wav"
    refused("there is no file", wav.read, path)
    wavfile.write(path, 8000, tone(8000))
    whole = path.read_bytes()
    for n in (0, 10, 60, len(whole) // 2):
        path.write_bytes(whole[:n])
        refused("another file or cut off", wav.read, path)
    wavfile.write(path, 8000, tone(8000)[:0])
    refused("must have sound", wav.read, path)


def write_folder(folder):
    folder.mkdir()
    for digit in (0, 7):
        for speaker in ("ann", "bo_b"):
            for index in (0, 5):
                name = f"{digit}_{speaker}_{index}.wav"
                wavfile.write(folder / name, 8000, tone(8000, 0.1 + digit / 100))


def test_folder_and_arrays(tmp_path, monkeypatch):
    """Both forms have the same recordings; the split is by index."""
    write_folder(tmp_path / "fsdd")
    folder = spoken_digits.load(tmp_path / "fsdd")
    sounds = [wavfile.read(p)[1] for p in sorted((tmp_path / "fsdd").glob("*.wav"))]
    arrays = {
        "audio": np.concatenate(sounds),
        "length": np.array([len(sound) for sound in sounds]),
        "digit": folder.digits,
        "speaker": folder.speakers,
        "index": folder.indices,
    }
    np.savez(tmp_path / "fsdd.npz", **arrays)
    monkeypatch.setenv(spoken_digits.VARIABLE, str(tmp_path / "fsdd.npz"))
    file = spoken_digits.load()
    assert len(folder) == len(file) == 8
    assert set(folder.speakers) == {"ann", "bo_b"}
    for a, b in zip(folder.sounds, file.sounds, strict=True):
        assert np.array_equal(a, b)
    learning, test = spoken_digits.split(folder)
    assert set(learning.indices) == {5} and set(test.indices) == {0}
    assert len(learning) == len(test) == 4


def test_speech_commands(tmp_path):
    """Folders of words at 16 kHz; words that are no digits are not read."""
    for word in ("zero", "nine", "marvin"):
        (tmp_path / word).mkdir()
        name = tmp_path / word / "0a7c2a8d_nohash_3.wav"
        wavfile.write(name, 16000, tone(16000, 1.0))
    found = spoken_digits.load(tmp_path)
    assert list(found.digits) == [0, 9] and list(found.indices) == [3, 3]
    assert set(found.speakers) == {"0a7c2a8d"}
    refused("has 2 and 0", spoken_digits.split, found)
    assert [len(sound) for sound in found.sounds] == [8000, 8000]


def test_refused_recordings(tmp_path, monkeypatch):
    load = spoken_digits.load
    monkeypatch.delenv(spoken_digits.VARIABLE, raising=False)
    refused("--data or the environment variable NENGO_LMU_FSDD", load)
    refused("there is no folder or file", load, tmp_path / "no")
    refused("files digit_speaker_index.wav or folders", load, tmp_path)
    wavfile.write(tmp_path / "12_ann_0.wav", 8000, tone(8000))
    refused("the digit 0 to 9", load, tmp_path)
    path = tmp_path / "a.npz"
    path.write_bytes(b"PK")
    refused("another file or cut off", load, path)
    whole = {
        "audio": tone(8000),
        "length": np.array([2400]),
        "digit": np.array([3]),
        "speaker": np.array(["ann"]),
        "index": np.array([0]),
    }
    for change, match in (
        ({"digit": np.array([10])}, "integers from 0 to 9"),
        ({"length": np.array([100])}, "sum of all lengths"),
        ({"index": np.array([0, 1])}, "for each length"),
    ):
        np.savez(path, **{**whole, **change})
        refused(match, load, path)
    del whole["speaker"]
    np.savez(path, **whole)
    refused("must have the arrays", load, path)
