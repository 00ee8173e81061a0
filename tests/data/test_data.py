import numpy as np

from nengo_lmu.data import ecg


def test_ecg():
    millivolt, rate = ecg()
    assert millivolt.shape == (5 * 60 * 360,)
    assert millivolt.dtype == float
    assert rate == 360.0
    # The baseline is near zero, and 98 % of the voltages are those of a heart.
    assert abs(np.median(millivolt)) < 0.5
    low, high = np.percentile(millivolt, [1, 99])
    assert -2 < low < -1 and 1 < high < 2
    # It is stored in steps of 1/200 mV.
    np.testing.assert_allclose(200 * millivolt, np.round(200 * millivolt), atol=1e-9)


def test_ecg_has_a_heart_rate():
    """Beats stand out as a peak of the spectrum between 0.8 and 2.5 Hz."""
    millivolt, rate = ecg()
    beats = np.convolve(np.abs(np.diff(millivolt)), np.ones(60) / 60, mode="same")
    power = np.abs(np.fft.rfft(beats - beats.mean())) ** 2
    freq = np.fft.rfftfreq(beats.size, 1 / rate)
    band = (freq > 0.3) & (freq < 10)
    assert 0.8 < freq[band][np.argmax(power[band])] < 2.5
