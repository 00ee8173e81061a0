"""The public names by subject: tables of them, and a page of each.

``docs/tables.py`` writes the tables into api.md, where they can be read without
building the documentation. As a Sphinx extension it makes the pages of the names.
"""

import inspect
from importlib import import_module
from pathlib import Path

API = {
    "memories": [
        "nengo_lmu.SpikingMemory",
        "nengo_lmu.IdealMemory",
        "nengo_lmu.networks.memory.Memory",
        "nengo_lmu.LMU",
        "nengo_lmu.networks.Stack",
    ],
    "design": [
        "nengo_lmu.design_memory",
        "nengo_lmu.redesign",
        "nengo_lmu.MemoryDesign",
        "nengo_lmu.NoiseAware",
        "nengo_lmu.theory.realizations.Realization",
        "nengo_lmu.map_to_synapse",
    ],
    "error": [
        "nengo_lmu.predict",
        "nengo_lmu.evaluation.prediction.Prediction",
        "nengo_lmu.neurons_needed",
        "nengo_lmu.fewest_neurons",
        "nengo_lmu.window_nrmse",
        "nengo_lmu.evaluation.error.past_nrmse",
        "nengo_lmu.evaluation.error.ideal_state",
    ],
    "mathematics": [
        "nengo_lmu.state_space",
        "nengo_lmu.delay_readout",
        "nengo_lmu.theory.lti.discretize",
        "nengo_lmu.theory.legendre.pade_error",
    ],
    "simulators": [
        "nengo_lmu.Simulator",
        "nengo_lmu.loihi.Simulator",
        "nengo_lmu.loihi.lay_out",
        "nengo_lmu.loihi.chip_design",
    ],
    "exchange": [
        "nengo_lmu.to_nir",
        "nengo_lmu.from_nir",
        "nengo_lmu.nir.write_nir",
        "nengo_lmu.nir.state",
        "nengo_lmu.from_keras_lmu",
    ],
    "training": [
        "nengo_lmu.training.train",
        "nengo_lmu.networks.trained_network.Trained",
        "nengo_lmu.networks.to_spiking",
    ],
    "signals": [
        "nengo_lmu.signals.white_noise",
        "nengo_lmu.signals.read_signal",
        "nengo_lmu.signals.resample",
        "nengo_lmu.data.ecg",
    ],
    "plots": [
        "nengo_lmu.plots.window",
        "nengo_lmu.plots.delay",
        "nengo_lmu.plots.error_over_delay",
        "nengo_lmu.plots.state",
        "nengo_lmu.plots.raster",
        "nengo_lmu.plots.tuning_curves",
        "nengo_lmu.plots.predicted_error",
        "nengo_lmu.gui.window_plot",
    ],
}
"""Public names that a page has, by subject."""


def find(name):
    """The object of a dotted name."""
    module, _, last = name.rpartition(".")
    return getattr(import_module(module), last)


def own_methods(name):
    """Public methods that a class of this package defines itself, by dotted name."""
    found = find(name)
    if not inspect.isclass(found):
        return {}
    return {
        f"{name}.{key}": getattr(found, key)
        for key, value in vars(found).items()
        if not key.startswith("_")
        and callable(getattr(found, key))
        and value.__doc__
        and not inspect.isclass(value)
    }


def arguments(found):
    """The arguments as one writes them, without annotations."""
    parameters = inspect.signature(found).parameters.values()
    bare = [p.replace(annotation=p.empty) for p in parameters if p.name != "self"]
    text = str(inspect.Signature(bare))
    return text if len(text) < 60 else f"{text[: text.rindex(',', 0, 60)]}, …)"


def summary(found):
    """First line of the docstring, in Markdown."""
    line = inspect.getdoc(found).splitlines()[0]
    return line.replace("``", "`").replace("|", r"\|")


def table(subject):
    """Names of a subject, with their arguments and what they are."""
    rows = []
    for name in API[subject]:
        for key, found in {name: find(name), **own_methods(name)}.items():
            shown = key.removeprefix("nengo_lmu.")
            if key != name:
                shown = f"{name.rpartition('.')[2]}.{key.rpartition('.')[2]}"
            link = f"[`{shown}`](#{key}) `{arguments(found)}`"
            rows.append({"Name": link, "": summary(found)})
    return rows


def page(name):
    """The page of a name, which shows its docstring."""
    title = name.removeprefix("nengo_lmu.")
    is_class = inspect.isclass(find(name))
    directive = "autoclass" if is_class else "autofunction"
    members = "   :members:\n" * is_class
    return f"{title}\n{'=' * len(title)}\n\n.. {directive}:: {name}\n{members}"


def write_pages(app):
    """Write a page for each name; one that is as it was keeps its date."""
    folder = Path(app.srcdir) / "generated"
    folder.mkdir(exist_ok=True)
    pages = {f"{name}.rst": page(name) for names in API.values() for name in names}
    for old in folder.glob("*.rst"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def setup(app):
    """Make the pages before Sphinx looks for its sources."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
