"""A few instructions of the processor, where Numba's own way takes long to compile."""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import lower_builtin, type_callable


def smaller(a, b):
    """The smaller of two integers."""
    return min(a, b)


def larger(a, b):
    """The larger of two integers."""
    return max(a, b)


def scale_of_shifted(shifted):
    """Return ``2**n``, where the lowest bits of the float `shifted` hold n."""
    if isinstance(shifted, np.float32):
        bits = shifted.view(np.int32)
        return np.int32((int(bits) + 127 << 23) & 0xFFFFFFFF).view(np.float32)
    return np.float64(
        np.uint64((int(np.float64(shifted).view(np.int64)) + 1023 << 52) % 2**64).view(
            np.float64
        )
    )


@type_callable(smaller)
@type_callable(larger)
def _type_of_two(context):
    return lambda a, b: types.int64


@type_callable(scale_of_shifted)
def _type_scale(context):
    return lambda shifted: shifted


def _lower_choice(function, comparison):
    @lower_builtin(function, types.Integer, types.Integer)
    def lower(context, builder, signature, arguments):
        a, b = (
            context.cast(builder, argument, kind, types.int64)
            for argument, kind in zip(arguments, signature.args, strict=True)
        )
        return builder.select(builder.icmp_signed(comparison, a, b), a, b)


_lower_choice(smaller, "<")
_lower_choice(larger, ">")


@lower_builtin(scale_of_shifted, types.Float)
def _lower_scale(context, builder, signature, arguments):
    (kind,) = signature.args
    bias, shift = (127, 23) if kind.bitwidth == 32 else (1023, 52)
    number = ir.IntType(kind.bitwidth)
    bits = builder.add(builder.bitcast(arguments[0], number), number(bias))
    scale = builder.shl(bits, number(shift))
    return builder.bitcast(scale, context.get_value_type(kind))
