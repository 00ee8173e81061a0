"""Words of a recording as a stream: what is recognized, and when."""

from functools import partial
from pathlib import Path

import numpy as np

from nengo_lmu import backends, report
from nengo_lmu.data import spoken_digits, wav
from nengo_lmu.experiments.reader_run import RATE, run_reader
from nengo_lmu.experiments.spoken_digits import network as net
from nengo_lmu.experiments.spoken_digits.features import EXPONENT
from nengo_lmu.experiments.spoken_digits.run import N_LAYOUT, some_of
from nengo_lmu.experiments.spoken_digits.train import words
from nengo_lmu.files import output_directory, write_table
from nengo_lmu.networks.trained_network import MODEL_FILE, Trained

QUIET = 10 ** (-2.8 * EXPONENT)
"""Loudest band below which a frame is silent: 28 dB below the peak of late."""

SILENT = 20
"""Frames of silence that end a word: more than before a plosive."""

LEAST = 10
"""Frames of a word, at least."""

N_WORDS = 6
PAUSE = 0.7
"""Seconds of silence between the words of the stream that is made of test words.

They are of one speaker: a soft voice after a loud one is far below the peak of late."""


def listen(directory, out, *, file=None, data=None, backend="nengo-lmu"):
    """Recognize the words of a stream in spikes, memories included.

    Prints and writes ``words.csv``, and draws ``words.png``.

    Parameters
    ----------
    directory : path_like
        Output directory of ``nengo-lmu train spoken-digits``.
    out : path_like
    file : path_like, optional
        A WAV file; words with pauses of half a second or more between them. By default
        some words of the test set.
    data : path_like, optional
        Recordings that the memories are laid out for, see `spoken_digits.load`.
    backend : str, optional

    Returns
    -------
    list of dict
        ``word``, and its ``begin`` and ``end``, in seconds.
    """
    chip = backends.find(backend).chip
    trained = Trained.load(Path(directory) / MODEL_FILE, net.NAME)
    learning, test = spoken_digits.split(spoken_digits.load(data))
    if file is None:
        test = test.part(test.speakers == test.speakers[0])
        sound = joined(some_of(test, N_WORDS).sounds)
    else:
        sound = wav.read(file)
    out, parameters = output_directory(out), trained.parameters
    frames, *sample = words([sound, *some_of(learning, N_LAYOUT).sounds], parameters)
    outputs, spikes = run_reader(
        partial(net.build, parameters, **net.in_spikes(parameters, sample, chip)),
        trained,
        np.repeat(frames, round(net.HOLD / net.DT), axis=0),
        dt=net.DT,
        hold=net.HOLD,
        rate=RATE[chip],
        synapse=net.SYNAPSE,
        backend=backend,
    )
    rows = []
    for begin, end in spans(frames):
        digit = outputs[end : end + net.AFTER].sum(axis=0).argmax()
        times = {"begin": begin * net.HOLD, "end": end * net.HOLD}
        rows.append({"word": spoken_digits.WORDS[digit], **times})
    rows = rows or [{"word": "", "begin": np.nan, "end": np.nan}]
    write_table(out / "words.csv", rows)
    report.print_table(rows, f"Words on {backend}")
    report.save(draw(frames, spikes, outputs, rows), out / "words.png")
    return rows


def joined(sounds):
    """Words with pauses between them, and one after the last."""
    pause = np.zeros(round(PAUSE * wav.RATE), np.float32)
    return np.concatenate([part for sound in sounds for part in (sound, pause)])


def spans(frames):
    """First frame of each word, and the frame after it.

    A word ends with `SILENT` silent frames; it is known that many frames later.
    """
    found, begin, last = [], None, None
    silence = np.zeros((SILENT + 1, frames.shape[1]))
    for k, of in enumerate(np.concatenate([frames, silence])):
        if of.max() >= QUIET:
            begin, last = k if begin is None else begin, k
        elif begin is not None and k - last > SILENT:
            if last + 1 - begin >= LEAST:
                found.append((begin, last + 1))
            begin = None
    return found


def draw(frames, spikes, outputs, rows):
    """Spectrogram, spikes and outputs over each other, with the words."""
    t = np.arange(len(frames)) * net.HOLD
    with report.style():
        figure, axes = report.subplots(3, 1, size=(11, 6.5), sharex=True)
        top, middle, low = axes[:, 0]
        ends = (0, len(frames) * net.HOLD, 0, frames.shape[1])
        top.imshow(frames.T, aspect="auto", origin="lower", extent=ends, cmap="magma")
        top.set(ylabel="mel band")
        top.grid(False)
        for name, of in spikes.items():
            middle.plot(t, of / net.HOLD, label=name, lw=1.1)
        middle.set(ylabel="spikes a second", yscale="symlog")
        middle.legend(ncols=2)
        low.plot(t, outputs, color=report.GREY, lw=0.8)
        low.set(ylabel="ten outputs", xlabel="time (s)", xlim=(t[0], t[-1]))
        for row in rows:
            low.axvspan(row["begin"], row["end"], color=report.CYCLE[0], alpha=0.12)
            top.text(row["begin"], frames.shape[1] + 0.5, row["word"])
            if row["word"]:
                k = spoken_digits.WORDS.index(row["word"])
                part = slice(*(round(row[at] / net.HOLD) for at in ("begin", "end")))
                low.plot(t[part], outputs[part, k], color=report.CYCLE[1])
        return figure
