"""Machine code of tiles, for processors that are not at hand: read, and not run."""

import itertools
import re

import llvmlite.binding as llvm
import pytest
from llvmlite import ir

from skgru._numerics import _tiles
from skgru._numerics._tile_code import tile_loops

# Processor, bytes and number of its vector registers, and how its machine code writes a
# multiplication with addition on vectors of floats, and a store to the stack.
PROCESSORS = {
    "aarch64": ("aarch64-unknown-linux-gnu", "", 16, 32, r"fmla\s+v", r"\[sp"),
    "sse2": (
        "x86_64-unknown-linux-gnu",
        "x86-64",
        16,
        15,
        r"mulps\s",
        r"xmm\d+, .*\(%r[sb]p",
    ),
    "avx2": (
        "x86_64-unknown-linux-gnu",
        "x86-64-v3",
        32,
        16,
        r"vfmadd\d+ps\s.*%ymm",
        r"ymm\d+, .*\(%r[sb]p",
    ),
    "avx512": (
        "x86_64-unknown-linux-gnu",
        "x86-64-v4",
        64,
        32,
        r"vfmadd\d+ps\s.*%zmm",
        r"zmm\d+, .*\(%r[sb]p",
    ),
}


def inner_loops(assembly):
    """Loops without branches: the lines from a label to a jump back to the label."""
    loops, lines = [], assembly.splitlines()
    places = {
        line.split(":")[0]: number
        for number, line in enumerate(lines)
        if re.match(r"\.L\w+:", line)
    }
    for number, line in enumerate(lines):
        jump = re.match(r"\s+(?:b\.\w+|j\w+|cb\w+|tb\w+)\s.*?(\.L\w+)", line)
        if jump and places.get(jump[1], number) < number:
            loop = lines[places[jump[1]] : number + 1]
            if not any(re.match(r"\.L", line) for line in loop[1:]):
                loops.append(loop)
    return loops


@pytest.mark.parametrize(
    ("processor", "width"),
    # Three vectors are too wide for the registers of SSE2.
    sorted(set(itertools.product(PROCESSORS, (1, 2, 3))) - {("sse2", 3)}),
)
def test_inner_loop_multiplies_in_registers(processor, width, monkeypatch):
    """One multiplication with addition for each sum, and nothing goes to the stack."""
    triple, cpu, n_bytes, n_registers, multiply, spill = PROCESSORS[processor]
    monkeypatch.setattr(_tiles, "N_REGISTERS", n_registers)
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(triple).create_target_machine(cpu=cpu, opt=3)
    module = ir.Module(name="tile", context=ir.Context())
    module.triple = triple
    n_rows = _tiles.tallest(width)
    function = tile_loops(module, ir.FloatType(), 4, n_rows, (width,), n_bytes)
    function.linkage = "external"
    parsed = llvm.parse_assembly(str(module))
    builder = llvm.create_pass_builder(
        machine, llvm.create_pipeline_tuning_options(speed_level=3)
    )
    builder.getModulePassManager().run(parsed, builder)
    loops = [
        "\n".join(loop)
        for loop in inner_loops(machine.emit_assembly(parsed))
        if any(re.search(multiply, line) for line in loop)
    ]
    # A loop for each of the two left factors, and what is left over by unrolled ones.
    assert len(loops) >= 2
    for loop in loops:
        n_products = len(re.findall(multiply, loop))
        assert n_products % (n_rows * width) == 0
        assert not re.search(spill, loop)
