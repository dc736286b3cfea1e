"""The one door to Numba: how skgru compiles, caches and chooses kernels.

Three things live here, and ``numba`` is imported nowhere else in the package:

* ``jit`` and ``jit_entry``, the decorators of every kernel, with reasons for each
  option;
* ``dispatched``, ``functools.singledispatch`` for functions that compiled code calls:
  how a loss, an optimiser or a cell reaches a kernel without an ``if``;
* the kernels' cache on disk, which knows when any kernel file has changed.
"""

import functools
import hashlib
import pathlib
import uuid

import numba
from numba.core.caching import IndexDataCacheFile
from numba.extending import overload
from numba.np.numpy_support import as_dtype

# nogil: threads may train different networks, or shards of one mini-batch, at once.
# error_model: a division by zero gives inf as in NumPy; raising would add a branch to
#   every division and keep loops from being vectorised.
# fastmath: only the fusion of a product and a sum into one instruction. Never "nnan"
#   or "ninf": a diverging loss must be seen as such. Never "reassoc" for all: the
#   range reduction in _math.py is exact only in the order in which it is written.
# no_cfunc_wrapper: nobody takes a kernel's address; the wrapper costs compile time.
_OPTIONS = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract"},
    "no_cfunc_wrapper": True,
}
# no_cpython_wrapper: a kernel that only kernels call needs no conversion of Python
#   objects, which takes longer to compile than the kernel itself.
_INNER_OPTIONS = _OPTIONS | {"no_cpython_wrapper": True}


def jit(function=None, *, reassociate=False, inline=False):
    """Compile a kernel that other kernels call. Python can call `in_python` of it.

    Parameters
    ----------
    function : callable
        A plain Python function of arrays, numbers and named tuples of these.
    reassociate : bool, default=False
        Allow sums in another order, without which a loop that adds up one number
        cannot be vectorised. For reductions only.
    inline : bool, default=False
        Put the body into the caller before types are inferred. For long functions with
        one caller: they take a third less time to compile so.
    """
    if function is None:
        return functools.partial(jit, reassociate=reassociate, inline=inline)
    options = _INNER_OPTIONS | {"inline": "always" if inline else "never"}
    if reassociate:
        options["fastmath"] = {"contract", "reassoc"}
    return numba.njit(**options)(function)


def jit_entry(function):
    """Compile a kernel that Python calls, or take it from the cache on disk.

    What it calls is compiled into it, so these are the only functions that need a
    cache.
    """
    kernel = numba.njit(**_OPTIONS)(function)
    if not numba.config.DISABLE_JIT:
        _enable_cache(kernel)
    return kernel


def in_python(kernel):
    """Return the plain Python function behind a kernel, to run it uncompiled."""
    return getattr(kernel, "py_func", kernel)


def dispatched(function):
    """Make a ``functools.singledispatch`` function that kernels can call.

    The implementation is chosen by the type of the first argument, in Python and in
    compiled code alike: at compile time there, so the choice costs nothing and each
    type gets one cached variant of the kernels that call it. ``function`` itself is
    what an unknown type falls back to, and should raise ``TypeError``.
    """
    generic = functools.singledispatch(function)

    def choose(first, *rest):
        return generic.dispatch(_python_type(first))

    # strict: would compare the names of the arguments of `choose` with the kernel's.
    overload(generic, strict=False, jit_options=_INNER_OPTIONS)(choose)
    return generic


def _python_type(numba_type):
    """Class of the Python objects that Numba sees as `numba_type`."""
    if isinstance(numba_type, numba.types.BaseNamedTuple):
        return numba_type.instance_class
    return as_dtype(numba_type).type


@functools.cache
def _package_stamp():
    """Digest of every source file that may hold a kernel.

    Numba stamps a kernel's cache with the kernel's own file. A kernel that was inlined
    into another file's would come back as it was before an upgrade.
    """
    root = pathlib.Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*root.glob("*.py"), *root.glob("_cells/*.py")]):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _CacheFile(IndexDataCacheFile):
    """Cache of one kernel, valid for one state of all kernels.

    Numba numbers the compiled files 1, 2, …, so two processes that compile two
    variants at once may both write number 1, and one index then leads to the other's
    code. Unique names make that impossible.
    """

    def __init__(self, cache):
        implementation = cache._impl
        super().__init__(
            cache_path=cache.cache_path,
            filename_base=implementation.filename_base,
            # The kernel's own file may stand outside the package.
            source_stamp=(implementation.locator.get_source_stamp(), _package_stamp()),
        )
        self._base = implementation.filename_base

    def _load_index(self):
        # The index is unpickled before its stamp is seen. One of another version may
        # name classes that have moved since; it is as good as none.
        try:
            return super()._load_index()
        except Exception:
            return {}

    def _data_name(self, number):
        return f"{self._base}.{uuid.uuid4().hex}.nbc"


def _enable_cache(kernel):
    """Cache `kernel` on disk, or go on without where nothing can be written."""
    try:
        kernel.enable_caching()
    except (OSError, RuntimeError):
        return
    kernel._cache._cache_file = _CacheFile(kernel._cache)
