"""How skgru compiles kernels with Numba: from Python functions to machine code.

* ``jit`` is the decorator of kernels that other kernels call. Their code is kept as it
  is, until it becomes part of a unit, which is what is optimised, cached and linked:
  see ``_units.py``.
* ``dispatched`` is ``functools.singledispatch`` for functions that kernels call, where
  the choice is made while they are compiled.
* ``compile_function`` compiles a unit with all that it calls.
"""

import contextlib
import functools
import gc
import itertools

import llvmlite.binding as llvm
import numba
from numba.core import cgutils, event
from numba.core.codegen import CodeLibrary, CPUCodeLibrary
from numba.core.compiler import Compiler, Flags
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import PassManager
from numba.core.cpu_options import FastMathOptions
from numba.core.registry import cpu_target
from numba.core.runtime.context import NRTContext
from numba.core.typed_passes import (
    IRLegalization,
    NativeLowering,
    NoPythonBackend,
    NopythonTypeInference,
    PreLowerStripPhis,
)
from numba.core.types import unliteral, void
from numba.core.untyped_passes import (
    FixupArgs,
    GenericRewrites,
    IRProcessing,
    ReconstructSSA,
    TranslateByteCode,
)
from numba.extending import overload
from numba.np.numpy_support import as_dtype

from skgru._numerics._views import is_view

# error_model: a division by zero gives inf as in NumPy; raising an exception would add
#   a branch to every division and keep loops from being vectorised.
# fastmath: allows only the fusion of a product and a sum into one instruction. Never
#   "nnan" or "ninf": a diverging loss must show up as inf or NaN. Never "reassoc" for
#   all kernels: the range reduction in _math.py is exact only in the order in which it
#   is written.
# no_cpython_wrapper, no_cfunc_wrapper: Python calls no kernel with Python's objects;
#   the conversions take longer to compile than a kernel itself.
_OPTIONS = {
    "error_model": "numpy",
    "fastmath": {"contract"},
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}

_numbers = itertools.count()


class _NoCounting(NRTContext):
    """Numba's counting of references, left out: kernels own no memory."""

    def incref(self, builder, kind, value):
        pass

    def decref(self, builder, kind, value):
        pass


class _Library(CPUCodeLibrary):
    """Code of a kernel, as it is written, and the libraries that it calls.

    Numba would optimise the code here and turn it into machine code, and do both again
    in each kernel that calls this one. Most of the time to compile would go into that.
    """

    is_apart = False

    def __init__(self, codegen, name):
        CodeLibrary.__init__(self, codegen, name)
        self._linking_libraries = []
        self.module = None
        self.calls = set()

    def create_ir_module(self, name):
        """Make the module that Numba writes into."""
        module = super().create_ir_module(name)
        # Calls of units, which `_units.py` notes here.
        module.calls_of_units = self.calls
        return module

    def add_ir_module(self, module):
        """Take the code that Numba has written."""
        if self.is_apart:
            for function in module.functions:
                if not function.is_declaration:
                    function.attributes.add("noinline")
        self.module = llvm.parse_assembly(cgutils.normalize_ir_text(str(module)))

    def finalize(self):
        """Leave the code as it is."""
        self._finalized = True

    def get_function(self, name):
        """Function of the code, by its name."""
        return self.module.get_function(name)

    def get_pointer_to_function(self, name):
        """No address: the code is not machine code."""
        return 0

    @property
    def codegen(self):
        """Numba's code generator, but for setting environments: nothing uses them."""
        return _NoEnvironments(self._codegen)


class _ApartLibrary(_Library):
    """Code of a kernel that is not inlined into the kernels that call it."""

    is_apart = True


class _NoEnvironments:
    def __init__(self, codegen):
        self._codegen = codegen

    def __getattr__(self, name):
        return getattr(self._codegen, name)

    def set_env(self, name, environment):
        pass


class _Compiler(Compiler):
    """Numba's compiler, which puts the code into a `_Library`."""

    library_class = _Library

    def __init__(self, typing_context, target_context, library, args, *rest):
        if library is None:
            library = self.library_class(
                target_context.codegen(), f"skgru.{next(_numbers)}"
            )
        super().__init__(typing_context, target_context, library, args, *rest)
        self.state.targetctx = self.state.targetctx.subtarget()
        self.state.targetctx.nrt = _NoCounting(self.state.targetctx, True)

    def define_pipelines(self):
        """Numba's passes, but for those that find nothing to do in kernels."""
        passes = PassManager("kernel")
        for each in (
            TranslateByteCode,
            FixupArgs,
            IRProcessing,
            GenericRewrites,
            ReconstructSSA,
            NopythonTypeInference,
            PreLowerStripPhis,
            IRLegalization,
            NativeLowering,
            NoPythonBackend,
        ):
            passes.add_pass(each, each.__name__)
        passes.finalize()
        return [passes]


class _ApartCompiler(_Compiler):
    """The compiler for kernels that are not inlined into their callers."""

    library_class = _ApartLibrary


def jit(function=None, *, reassociate=False, apart=False, any_steps=False):
    """Compile a kernel that other kernels call.

    Python cannot call the result; ``in_python(kernel)`` is the uncompiled function.

    Parameters
    ----------
    function : callable
        A plain Python function of views, structs, numbers and named tuples of these.
    reassociate : bool, default=False
        Allow the compiler to change the order of sums. Without this permission a loop
        that adds up one number cannot be vectorised. For reductions only.
    apart : bool, default=False
        Do not inline the kernel into its callers. Meant for loops over many numbers,
        fewer of which are vectorised when they are part of a longer function, and for
        kernels with many callers.
    any_steps : bool, default=False
        Compile the kernel once for matrices with any strides, and not a second time for
        contiguous matrices.
    """
    if function is None:
        return functools.partial(
            jit, reassociate=reassociate, apart=apart, any_steps=any_steps
        )
    options = _OPTIONS | {"pipeline_class": _ApartCompiler if apart else _Compiler}
    if reassociate:
        options["fastmath"] = {"contract", "reassoc"}
    kernel = numba.njit(**options)(function)
    if not numba.config.DISABLE_JIT:
        _generalize(kernel, any_steps=any_steps)
    return kernel


def _generalize(kernel, *, any_steps):
    """Compile a kernel once for arguments whose types Numba would tell apart.

    An integer constant is taken as any integer, so that no variant is compiled for each
    constant. With `any_steps`, a contiguous matrix is taken as one with any strides.
    """
    template_for = kernel.get_call_template

    def general(kind):
        kind = unliteral(kind)
        return kind.strided if any_steps and is_view(kind) and kind.ndim == 2 else kind

    def template_for_general(args, keywords):
        return template_for(
            tuple(general(kind) for kind in args),
            {name: general(kind) for name, kind in dict(keywords).items()},
        )

    kernel.get_call_template = template_for_general


def in_python(kernel):
    """Return the plain Python function behind a kernel, to run it uncompiled."""
    return getattr(kernel, "py_func", kernel)


def dispatched(function):
    """Make a ``functools.singledispatch`` function that kernels can call.

    The implementation is chosen by the type of the first argument, a number, in Python
    and in compiled code alike. In compiled code the choice is made at compile time, so
    it costs nothing when the kernel runs. ``function`` itself is called for unknown
    types, and should raise ``TypeError``.
    """
    generic = functools.singledispatch(function)

    def choose(first, *rest):
        return generic.dispatch(as_dtype(first).type)

    # strict=True would demand that `choose` names its arguments as each implementation
    # does.
    options = _OPTIONS | {"pipeline_class": _Compiler}
    overload(generic, strict=False, jit_options=options)(choose)
    return generic


@contextlib.contextmanager
def when_compiling(announce):
    """Call a function, once, if a kernel is compiled within this context.

    Loading a kernel's machine code does not count as compiling.
    """

    class Announcer(event.Listener):
        has_announced = False

        def on_start(self, _):
            if not self.has_announced:
                self.has_announced = True
                announce()

        def on_end(self, _):
            pass

    with event.install_listener("numba:compile", Announcer()):
        yield


def compile_function(function, kinds, symbol):
    """Compile a function with all that it calls.

    Parameters
    ----------
    function : callable
    kinds : tuple of numba types
        Of the arguments. The function returns nothing.
    symbol : str
        Name that its machine code gets.

    Returns
    -------
    object_code : bytes
        Machine code, as an object file.
    calls : set of str
        Names of the units that it calls.
    """
    flags = Flags()
    flags.nrt = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    flags.error_model = _OPTIONS["error_model"]
    flags.fastmath = FastMathOptions(_OPTIONS["fastmath"])
    with (
        global_compiler_lock,
        event.trigger_event("numba:compile", data={"unit": symbol}),
        _without_garbage_collection(),
    ):
        typing_context = cpu_target.typing_context
        target_context = cpu_target.target_context
        typing_context.refresh()
        target_context.refresh()
        pipeline = _Compiler(
            typing_context, target_context, None, kinds, void, flags, {}
        )
        result = pipeline.compile_extra(function)
        return _machine_code(result.library, result.fndesc.llvm_func_name, symbol)


class _without_garbage_collection:
    """Compiling makes millions of objects and hardly any garbage.

    The garbage collector's repeated searches would take a seventh of the time.
    """

    def __enter__(self):
        self._was_enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, *exception):
        if self._was_enabled:
            gc.enable()


def _machine_code(library, name, symbol):
    """Link a library and all that it calls, optimise the whole, and translate it."""
    codegen = cpu_target.target_context.codegen()
    module, calls = library.module, set(library.calls)
    for other in _called_by(library):
        if isinstance(other, _Library):
            module.link_in(other.module, preserve=True)
            calls |= other.calls
        else:
            module.link_in(other._get_module_for_linking(), preserve=True)
    module.get_function(name).name = symbol
    # Nothing outside calls the inner kernels. With internal linkage LLVM knows this: it
    # drops their unused arguments, and inlines a function that has only one caller.
    for function in module.functions:
        if not function.is_declaration and function.name != symbol:
            function.linkage = "internal"
    module.data_layout = codegen._data_layout
    for options in (
        {"loop_vectorize": False, "slp_vectorize": False, "opt": 0, "cost": "cheap"},
        {},
    ):
        passes, builder = codegen._module_pass_manager(**options)
        passes.run(module, builder)
    return codegen._tm.emit_object(module), calls


def _called_by(library):
    """All libraries that a library calls, directly or not, each once."""
    found, waiting = {}, list(library._linking_libraries)
    while waiting:
        other = waiting.pop()
        if id(other) not in found:
            found[id(other)] = other
            if isinstance(other, _Library):
                waiting += other._linking_libraries
    return found.values()
