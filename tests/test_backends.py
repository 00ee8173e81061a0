import sys
from importlib.util import find_spec

import nengo
import pytest
from nengo.exceptions import ValidationError

import nengo_lmu
from nengo_lmu import backends
from nengo_lmu.extras import MissingExtraError
from nengo_lmu.names import lookup


def test_nengo():
    assert backends.get("nengo") is nengo.Simulator
    assert not backends.find("nengo").chip


def test_loihi():
    if find_spec("nengo_loihi") is None:
        pytest.skip("nengo-loihi is not installed")
    import nengo_loihi

    compiled, plain = (backends.get(name) for name in ("loihi", "nengo-loihi"))
    assert compiled.__module__.startswith("nengo_lmu.loihi")
    assert issubclass(compiled, nengo_loihi.Simulator)
    with nengo.Network(seed=0) as network:
        nengo_lmu.SpikingMemory(60, 3, 0.1, seed=0)
    with pytest.warns(nengo_lmu.loihi.LayoutNotice):
        simulator = plain(network, target="sim")
    with simulator:
        # nengo-loihi's own, of the memory laid out.
        assert type(simulator) is nengo_loihi.Simulator
        assert isinstance(simulator.network, nengo_lmu.loihi.layout.ChipNetwork)
    assert backends.find("loihi").chip and backends.find("nengo-loihi").chip


def test_design_and_layout_of_a_backend():
    """A CPU runs what there is; for the chip it is designed and laid out anew."""
    with nengo.Network() as network:
        memory = nengo_lmu.SpikingMemory(60, 3, 0.1, seed=0)
    for name in ("nengo", "nengo-lmu"):
        backend = backends.find(name)
        assert backend.design(memory.design) is memory.design
        assert backend.lay_out(network) is network
    if find_spec("nengo_loihi") is None:
        pytest.skip("nengo-loihi is not installed")
    for name in ("loihi", "nengo-loihi"):
        backend = backends.find(name)
        design = backend.design(memory.design)
        assert isinstance(design, nengo_lmu.loihi.ChipDesign)
        with pytest.warns(nengo_lmu.loihi.LayoutNotice):
            (on_chip,) = backend.lay_out(network).networks
        assert on_chip.design.synapse == design.synapse


def test_missing_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "nengo_loihi", None)
    # As if nothing had asked for it before.
    monkeypatch.delitem(sys.modules, "nengo_lmu.loihi.simulator", raising=False)
    for name in ("nengo-loihi", "loihi"):
        missing = r"pip install .nengo-lmu\[loihi\]"
        with pytest.raises(MissingExtraError, match=missing):
            backends.get(name)


def test_closest_name():
    with pytest.raises(
        ValidationError, match="backend: .*got 'Lohi'; did you mean 'loihi'"
    ):
        backends.find("Lohi")


def test_nothing_is_close():
    with pytest.raises(
        ValidationError, match="^fruit: must be one of apple, pear, got 'x'$"
    ):
        lookup("fruit", "x", {"apple": 1, "pear": 2})
    assert lookup("fruit", "pear", {"apple": 1, "pear": 2}) == 2
