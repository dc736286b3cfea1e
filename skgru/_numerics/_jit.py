"""How skgru uses Numba to compile, cache and choose kernels.

* ``jit`` and ``jit_entry`` are the decorators of every kernel, with the reasons for
  each option. Their libraries keep the code of an inner kernel until it becomes part of
  an entry, which is a kernel that Python calls.
* ``dispatched`` is ``functools.singledispatch`` for functions that compiled code calls:
  a kernel calls the right loss, optimiser or cell by its type, without an ``if``.
* The kernels' cache on disk becomes invalid when any file with kernels changes.
"""

import contextlib
import functools
import gc
import hashlib
import itertools
import pathlib
import uuid

import numba
from llvmlite.binding import Linkage
from numba.core import event
from numba.core.caching import IndexDataCacheFile
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.types import unliteral
from numba.extending import overload
from numba.np.numpy_support import as_dtype

_PACKAGE = pathlib.Path(__file__).parents[1]
_WITH_KERNELS = ("_numerics", "_cells", "_network", "_training")

# nogil: threads may train different networks, or shards of one mini-batch, at once.
# error_model: a division by zero gives inf as in NumPy; raising an exception would add
#   a branch to every division and keep loops from being vectorised.
# fastmath: allows only the fusion of a product and a sum into one instruction. Never
#   "nnan" or "ninf": a diverging loss must show up as inf or NaN. Never "reassoc" for
#   all kernels: the range reduction in _math.py is exact only in the order in which it
#   is written.
# no_cfunc_wrapper: no code takes a kernel's address, and the wrapper would cost compile
#   time.
_OPTIONS = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract"},
    "no_cfunc_wrapper": True,
}


class _InnerLibrary(JITCodeLibrary):
    """Code of a kernel that only other kernels call, kept until they include it.

    Numba would optimise the code and turn it into machine code here, then do both again
    in each kernel that calls this one, and again in the callers of those kernels. Most
    of the time to compile would go into that work.
    """

    def _optimize_final_module(self):
        pass

    def _finalize_final_module(self):
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name):
        self._ensure_finalized()
        return 0

    @property
    def codegen(self):
        return _NoEnvironments(self._codegen)


class _NoEnvironments:
    """Numba's code generator, but for setting environments.

    An inner kernel has no machine code of its own that could use an environment.
    """

    def __init__(self, codegen):
        self._codegen = codegen

    def __getattr__(self, name):
        return getattr(self._codegen, name)

    def set_env(self, name, environment):
        pass


class _ApartLibrary(_InnerLibrary):
    """Code of a kernel that is not inlined into the kernels that call it."""

    def add_ir_module(self, module):
        for function in module.functions:
            if not function.is_declaration:
                function.attributes.add("noinline")
        super().add_ir_module(module)


class _EntryLibrary(JITCodeLibrary):
    """Code of a kernel that Python calls, with the code of all kernels that it calls.

    Nothing outside this library calls those inner kernels. With internal linkage LLVM
    knows this: it drops their unused arguments, and inlines a function that has only
    one caller.
    """

    def _optimize_final_module(self):
        for function in self._final_module.functions:
            if function.linkage == Linkage.linkonce_odr and not function.is_declaration:
                function.linkage = "internal"
        super()._optimize_final_module()


class _InnerCompiler(Compiler):
    """Numba's compiler, which puts the code into an `_InnerLibrary`."""

    _library = _InnerLibrary

    def __init__(self, typing_context, target_context, library, args, *rest):
        if library is None:
            codegen = target_context.codegen()
            library = self._library(codegen, f"skgru.{next(_numbers)}")
            library.enable_object_caching()
        super().__init__(typing_context, target_context, library, args, *rest)


class _ApartCompiler(_InnerCompiler):
    """Numba's compiler for kernels that are not inlined into their callers."""

    _library = _ApartLibrary


class _EntryCompiler(_InnerCompiler):
    """Numba's compiler for kernels that Python calls."""

    _library = _EntryLibrary

    def _compile_core(self):
        # Compiling makes millions of objects and hardly any garbage: the garbage
        # collector's repeated searches would take a seventh of the time.
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            return super()._compile_core()
        finally:
            if was_enabled:
                gc.enable()


_numbers = itertools.count()

# no_cpython_wrapper: a kernel that only other kernels call needs no conversion of
#   Python objects; the conversion takes longer to compile than the kernel itself.
_INNER_OPTIONS = _OPTIONS | {
    "no_cpython_wrapper": True,
    "pipeline_class": _InnerCompiler,
}


def jit(function=None, *, reassociate=False, apart=False, any_steps=False):
    """Compile a kernel that other kernels call.

    Python cannot call the result; ``in_python(kernel)`` is the uncompiled function.

    Parameters
    ----------
    function : callable
        A plain Python function of arrays, numbers and named tuples of these.
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
    options = dict(_INNER_OPTIONS)
    if apart:
        options["pipeline_class"] = _ApartCompiler
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
        if any_steps and isinstance(kind, numba.types.Array) and kind.ndim == 2:
            return kind.copy(layout="A")
        return kind

    def template_for_general(args, keywords):
        return template_for(
            tuple(general(kind) for kind in args),
            {name: general(kind) for name, kind in dict(keywords).items()},
        )

    kernel.get_call_template = template_for_general


def jit_entry(function):
    """Compile a kernel that Python calls, or take it from the cache on disk.

    The kernels that it calls are compiled into it, so only kernels with this decorator
    need a cache.
    """
    kernel = numba.njit(pipeline_class=_EntryCompiler, **_OPTIONS)(function)
    if not numba.config.DISABLE_JIT:
        _enable_cache(kernel)
    return kernel


def in_python(kernel):
    """Return the plain Python function behind a kernel, to run it uncompiled."""
    return getattr(kernel, "py_func", kernel)


@contextlib.contextmanager
def when_compiling(announce):
    """Call a function, once, if a kernel is compiled within this context.

    Loading a kernel from the cache on disk does not count as compiling.
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


def dispatched(function):
    """Make a ``functools.singledispatch`` function that kernels can call.

    The implementation is chosen by the type of the first argument, in Python and in
    compiled code alike. In compiled code the choice is made at compile time, so it
    costs nothing when the kernel runs, and each type gets one cached variant of the
    kernels that call the function. ``function`` itself is called for unknown types, and
    should raise ``TypeError``.
    """
    generic = functools.singledispatch(function)

    def choose(first, *rest):
        return generic.dispatch(_python_type(first))

    # strict=True would demand that `choose` names its arguments as each implementation
    # does.
    overload(generic, strict=False, jit_options=_INNER_OPTIONS)(choose)
    return generic


def _python_type(numba_type):
    """Python class of the values that Numba types as `numba_type`."""
    if isinstance(numba_type, numba.types.BaseNamedTuple):
        return numba_type.instance_class
    return as_dtype(numba_type).type


def kernel_files():
    """Every source file of the package that may hold a kernel."""
    return sorted(
        path for folder in _WITH_KERNELS for path in (_PACKAGE / folder).rglob("*.py")
    )


@functools.cache
def _package_stamp():
    """Digest of every source file that may hold a kernel.

    Numba stamps a kernel's cache with the kernel's own file only. If the kernel has
    inlined code from another file, its cache would still hold the old code after an
    upgrade of that other file.
    """
    digest = hashlib.sha256()
    for path in kernel_files():
        digest.update(path.relative_to(_PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _CacheFile(IndexDataCacheFile):
    """Cache of one kernel, valid for one state of all kernels.

    Numba numbers the compiled files 1, 2, …, so two processes that compile two
    variants at once may both write file 1, and the index of one process then leads to
    the code of the other. Unique file names make this mistake impossible.
    """

    def __init__(self, cache):
        implementation = cache._impl
        super().__init__(
            cache_path=cache.cache_path,
            filename_base=implementation.filename_base,
            # The kernel's own file may lie outside the package, and then is not part
            # of the package's stamp.
            source_stamp=(implementation.locator.get_source_stamp(), _package_stamp()),
        )
        self._base = implementation.filename_base

    def _load_index(self):
        # The index is unpickled before its stamp is compared. An index that another
        # version has written may name classes that have moved since: it is ignored.
        try:
            return super()._load_index()
        except Exception:
            return {}

    def _data_name(self, number):
        return f"{self._base}.{uuid.uuid4().hex}.nbc"


def _enable_cache(kernel):
    """Cache `kernel` on disk, or go on without a cache if no folder is writable."""
    try:
        kernel.enable_caching()
    except (OSError, RuntimeError):
        return
    kernel._cache._cache_file = _CacheFile(kernel._cache)
