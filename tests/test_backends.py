import sys
from importlib.util import find_spec

import nengo
import pytest
from nengo.exceptions import ValidationError

from nengo_lmu import backends
from nengo_lmu.extras import MissingExtraError
from nengo_lmu.names import lookup


def test_nengo():
    assert backends.get("nengo") is nengo.Simulator
    assert not backends.find("nengo").chip


def test_loihi():
    if find_spec("nengo_loihi") is None:
        pytest.skip("nengo-loihi is not installed")
    compiled, plain = (backends.get(name) for name in ("loihi", "nengo-loihi"))
    assert compiled.__module__.startswith("nengo_lmu.loihi")
    assert plain.__module__.startswith("nengo_loihi")
    assert issubclass(compiled, plain)
    assert backends.find("loihi").chip and backends.find("nengo-loihi").chip


def test_current():
    assert backends.current() is backends.find("nengo")
    with backends.chosen("loihi"):
        assert backends.current().chip
        with backends.chosen("nengo-lmu"):
            assert not backends.current().chip
        assert backends.current().chip
    assert not backends.current().chip
    with pytest.raises(ValidationError, match="did you mean 'loihi'"):
        with backends.chosen("lohi"):
            pass


def test_missing_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "nengo_loihi", None)
    with pytest.raises(MissingExtraError, match=r"pip install .nengo-lmu\[loihi\]"):
        backends.get("nengo-loihi")


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
