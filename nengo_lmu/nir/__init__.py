"""NIR, the Neuromorphic Intermediate Representation: memories for other tools."""

from nengo_lmu.nir.design import NIRDesign, NIRNotice, nir_design
from nengo_lmu.nir.export import to_nir, write_nir
from nengo_lmu.nir.read import from_nir, read_nir, state

__all__ = [
    "NIRDesign",
    "NIRNotice",
    "from_nir",
    "nir_design",
    "read_nir",
    "state",
    "to_nir",
    "write_nir",
]
