"""Machine code in this process: from object files to addresses of functions.

Compiled, cached and shipped kernels take the same way: an object file is loaded, and
what it calls by name is resolved among what was loaded before.
"""

import functools

import llvmlite.binding as llvm
from numba.core.registry import cpu_target


@functools.cache
def _engine():
    """LLVM's loader of object files, with the settings of Numba's code generator."""
    # Asking Numba for its code generator makes LLVM ready, and the functions known that
    # kernels may call: those of the C library, and Numba's own.
    cpu_target.target_context.codegen()
    machine = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        codemodel="jitdefault", jit=True
    )
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)


def load(object_code, symbol):
    """Load an object file, and return the address of its function `symbol`.

    From then on, other object files can call the function by its name.
    """
    engine = _engine()
    engine.add_object_file(llvm.ObjectFileRef.from_data(object_code))
    engine.finalize_object()
    address = engine.get_function_address(symbol)
    if not address:
        raise ValueError(f"the object file has no function {symbol}")
    llvm.add_symbol(symbol, address)
    return address


def processor():
    """Name and features of the processor that Numba compiles for.

    Returns
    -------
    name : str
    features : tuple of str
        Such as ``"+avx2"``, sorted.
    """
    _, name, features = cpu_target.target_context.codegen().magic_tuple()
    return name, tuple(sorted(feature for feature in features.split(",") if feature))
