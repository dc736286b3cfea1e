"""Files with a few bytes changed, as a fault or an attacker would change them."""

import random

# Sizes and offsets that lie beyond every file.
_EXTREMES = [
    b"\xff" * 8,
    bytes(8),
    (2**31).to_bytes(8, "little"),
    b"\x00" * 7 + b"\x40",
]


def mutated(data, rng):
    """The bytes with one or a few changes.

    Parameters
    ----------
    data : bytes
    rng : random.Random
    """
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if not changed:
            break
        at, way = rng.randrange(len(changed)), rng.randrange(9)
        if way < 3:
            changed[at] ^= 1 << rng.randrange(8)
        elif way == 3:
            changed[at] = rng.choice(b'\x00\x01\x7f\x80\xff09[{"e')
        elif way == 4:
            changed[at : at + 8] = rng.choice(_EXTREMES)
        elif way == 5:
            del changed[at : at + rng.randrange(1, 20)]
        elif way == 6:
            part = changed[rng.randrange(len(changed)) :][: rng.randrange(1, 40)]
            changed[at:at] = part
        elif way == 7:
            changed[at:at] = b"0" * rng.randrange(1, 9)
        else:
            del changed[at:]
    return bytes(changed)


def check_all_are_refused_or_read(read, data, n_files, *, repack=None):
    """Read mutated files: each may be refused by a ValueError, and nothing else.

    Parameters
    ----------
    read : callable
        Reads bytes.
    data : bytes
    n_files : int
    repack : callable, default=None
        Puts mutated bytes into a file whose checksums are right.
    """
    rng = random.Random(0)
    messages = []
    for _ in range(n_files):
        changed = mutated(data, rng)
        if repack is not None:
            changed = repack(changed)
        try:
            read(changed)
        except ValueError as error:
            messages.append(str(error))
    assert all(messages)
    # Some changes do no harm, as in numbers; but most must be noticed.
    assert len(messages) > n_files / 10
