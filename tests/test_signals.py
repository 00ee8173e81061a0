"""Reading a user's file: what is right is read, what is wrong is said with its line."""

import warnings

import numpy as np
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu.signals import SignalWarning, read_signal, resample, white_noise


def test_white_noise():
    """Exactly as loud as asked for, nothing above the band, starts near zero."""
    noise = white_noise(4.0, 2.0, rms=0.3, seed=5)
    assert noise.shape == (4000,)
    assert np.sqrt(np.mean(noise**2)) == pytest.approx(0.3)
    power = np.abs(np.fft.rfft(noise)) ** 2
    frequencies = np.fft.rfftfreq(4000, 0.001)
    assert power[frequencies > 2.01].sum() < 1e-9 * power.sum()
    assert abs(noise[0]) < 0.01
    np.testing.assert_array_equal(noise, white_noise(4.0, 2.0, rms=0.3, seed=5))
    assert not np.allclose(noise, white_noise(4.0, 2.0, rms=0.3, seed=6))


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "signal.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize(
    "text",
    [
        "1\n-2.5\n3e-1\n",
        "mV\n1\n-2.5\n.3",
        "1\r\n\r\n-2.5\r\n0.3\r\n",
        '"mV"\n1\n-2.5\n0.3',
    ],
)
def test_one_column(file, text):
    times, values = read_signal(file(text), rate=50)
    np.testing.assert_allclose(times, [0, 0.02, 0.04])
    np.testing.assert_array_equal(values, [1, -2.5, 0.3])


@pytest.mark.parametrize("separator", [",", ";", "\t", "  ", ", "])
def test_two_columns(file, separator):
    rows = ["time" + separator + "x", "5.5", "5.6", "6"]
    text = "\n".join([rows[0], *(t + separator + "2" for t in rows[1:])])
    times, values = read_signal(file(text))
    np.testing.assert_allclose(times, [0, 0.1, 0.5])
    np.testing.assert_array_equal(values, [2, 2, 2])


WRONG = {
    "": "holds no numbers",
    "mV\n": "holds no numbers",
    "1\n2\nx\n": "line 3: 'x' is not a number",
    "mV\nseconds\n1\n": "line 2: 'seconds' is not a number",
    "1\nnan\n": "line 2: nan is not a finite number",
    "1\n2\n-inf\n": "line 3: -inf is not a finite number",
    "1,2,3\n4,5,6\n": "has 3 columns, not one",
    "0,2\n1,5,6\n": "line 2 has 3 columns, the lines before 2",
    "0,2\n1,\n": "line 2: '' is not a number",
    "0,2\n": "has one sample only",
    "0,2\n0.5,1\n0.5,3\n": "has times that do not increase .at 0.5 s",
    "1\n2\n": "has one column, so its sampling rate must be given",
    b"\xff\xfe\x00\x81": "is not a text file",
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_files(file, text):
    with pytest.raises(ValidationError, match="file: .*signal.csv' " + WRONG[text]):
        read_signal(file(text))


def _two_columns(times):
    return "".join(f"{t:.6g},{k % 7}\n" for k, t in enumerate(times))


@pytest.mark.parametrize(
    "times, said",
    [
        (np.arange(50) * 10.0, "a sample every 10 s over 490 s.*milliseconds"),
        (np.arange(50) * 1.0, "a sample every 1 s over 49 s"),
        (np.append(np.arange(9), 500 + np.arange(9)) / 100, "a gap of 4.92 s after t"),
        (
            np.cumsum(np.repeat([0.01, 15.0, 0.01, 20.0, 0.01], [20, 1, 20, 1, 20])),
            "a gap of 20 s after t = 15.* longest of 2.*straight line",
        ),
    ],
)
def test_times_that_may_not_be_meant(file, times, said):
    """Each has a warning in a line, of what was found and what is assumed."""
    with pytest.warns(SignalWarning, match=said) as caught:
        found, _ = read_signal(file(_two_columns(times)))
    assert len(found) == len(times) and len(caught) == 1
    assert "\n" not in str(caught[0].message)


@pytest.mark.parametrize(
    "times", [np.arange(50) / 360, np.cumsum(np.linspace(0.01, 0.05, 40))]
)
def test_times_that_are_fine(file, times):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_signal(file(_two_columns(times)))


def test_missing_file(tmp_path):
    with pytest.raises(ValidationError, match="file: cannot read .*No such file"):
        read_signal(tmp_path / "none.csv")
    with pytest.raises(ValidationError, match="file: cannot read .*directory"):
        read_signal(tmp_path)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_wrong_rates(file, rate):
    with pytest.raises(ValidationError, match="rate: must be a finite number above 0"):
        read_signal(file("1\n2\n"), rate)


def test_rate_of_a_file_with_times(file):
    with pytest.raises(ValidationError, match="no sampling rate can be given"):
        read_signal(file("0,1\n1,2\n"), rate=10)


def test_resample():
    values = resample([0, 0.1, 0.5], [0.0, 1.0, -3.0], dt=0.1)
    np.testing.assert_allclose(values, [0, 1, 0, -1, -2, -3])
    assert len(resample(np.arange(360) / 360, np.zeros(360), 0.001)) == 998
