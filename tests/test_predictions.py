"""`docs/predictions.py`: predictions of result tables are renewed."""

import sys
from pathlib import Path

import nengo_lmu

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))

import predictions


def test_only_the_prediction_changes():
    """And it is that of the design of the row."""
    row = {"neuron": "poisson", "order": 2, "neurons": 60, "seed": 3, "signal": "noise"}
    row |= {"tuning": "default", "nrmse": 0.5, "predicted": 9.0}
    _, design_of, backend = predictions.TABLES["accuracy"]
    (new,) = predictions.renew([row], design_of, backend)
    assert new == row | {"predicted": nengo_lmu.predict(design_of(row)).nrmse}
    assert 0.01 < new["predicted"] < 0.1
