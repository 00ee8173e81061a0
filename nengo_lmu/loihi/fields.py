"""What the compiled emulator knows of the arrays: one record of numbers and addresses.

A kernel is given the address of a record. The arrays stay with their owners in Python,
which keep them alive; their addresses are in the record.
"""

import numpy as np
from llvmlite import ir
from numba import carray, types
from numba.extending import intrinsic

from nengo_lmu.simulator.compiled import device

_NUMBERS = (
    "step",  # steps that the chip has done
    "row",  # steps of this block that it has done
    "n",  # compartments
    "n_sources",
    "n_runs",
    "n_weights",
    "wide",  # whether weights are int32, not int16
    "n_waiting",  # spikes of the host that arrive at the next step
    "n_lines",  # inputs of the chip that the host may send a spike on
    "draws",  # whether noise is drawn at each step
    "has_noise",  # whether any compartment hears it
    "generator_place",
    "n_plastic",
    "warnings",  # bits of `learning_kernels`
    "n_current",  # compartments whose current is recorded
    "n_voltage",
    "n_spiked",
    "n_errors",
    "n_error_terms",
    "n_outputs",
    "n_output_terms",
)

_ADDRESSES = (
    "q current voltage spiked spike_count ref_count decay_u decay_v vth vmin vmax bias "
    "ref noise_at_membrane first_run run_target run_weight weights input_begin "
    "input_sources waiting line_sources overflow noise noise_offset noise_factor "
    "generator plastic current_columns voltage_columns spiked_columns current_rows "
    "voltage_rows spiked_rows error_synapse error_element error_begin output_begin "
    "output_kind output_compartment output_weight places"
).split()

#: A chip.
CHIP = np.dtype(
    [(name, np.int64) for name in (*_NUMBERS, *_ADDRESSES)]
    + [("error_scale", np.float64)]
)

#: A synapse that learns.
PLASTIC = np.dtype(
    [
        (name, np.int64)
        for name in (
            "n_axons n_weights n_arrivals train_epoch learn_epoch rate rate_shift "
            "weight_shift back_shift limit first_axon axons targets weights n_spikes "
            "traces errors"
        ).split()
    ]
    + [(name, np.float64) for name in ("decay", "increment", "factor")]
)


def address(array):
    """The address of an array, which must be contiguous."""
    if not array.flags.c_contiguous:
        raise ValueError("an array of the emulator is not contiguous")
    return array.ctypes.data


@intrinsic
def pointer(typingctx, number):
    """A pointer to an address."""

    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(number), generate


@device
def chip_at(place):
    return carray(pointer(place), (1,), CHIP)[0]


@device
def plastic_at(place, k):
    return carray(pointer(place), (k + 1,), PLASTIC)[k]


@device
def bools_at(place, n):
    return carray(pointer(place), (n,), np.bool_)


@device
def int16s_at(place, n):
    return carray(pointer(place), (n,), np.int16)


@device
def int32s_at(place, n):
    return carray(pointer(place), (n,), np.int32)


@device
def uint32s_at(place, n):
    return carray(pointer(place), (n,), np.uint32)


@device
def int64s_at(place, n):
    return carray(pointer(place), (n,), np.int64)


@device
def floats_at(place, n):
    return carray(pointer(place), (n,), np.float64)
