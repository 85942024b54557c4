"""Opaque identifiers: distinct, the same for the same seed, and with nothing in them of order, time or table size."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

#: 52 bits are 13 hexadecimal digits; multiplying by an odd number and shifting to the right can both be undone, so
#: different numbers get different ids.
BITS = 52
DIGITS = BITS // 4
_MASK = np.uint64((1 << BITS) - 1)
_ODD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def opaque(numbers: np.ndarray, *, prefix: str, seed: int) -> pa.Array:
    """One id a number (0 <= number < 2^52), as `prefix` and 13 hexadecimal digits; -1 gives a null."""
    key = np.random.SeedSequence([seed, *prefix.encode()]).generate_state(2, np.uint64)
    values = (numbers.astype(np.int64).astype(np.uint64) + key[0]) & _MASK
    for odd in _ODD:
        values = (values * odd) & _MASK
        values ^= values >> np.uint64(BITS // 2)
        values = (values + key[1]) & _MASK
    head = prefix.encode()
    width = len(head) + DIGITS
    letters = np.empty((len(values), width), dtype=np.uint8)
    letters[:, : len(head)] = np.frombuffer(head, dtype=np.uint8)
    for digit in range(DIGITS):
        letters[:, len(head) + digit] = _HEX[(values >> np.uint64(4 * digit)) & np.uint64(15)]
    ends = np.arange(len(values) + 1, dtype=np.int64) * width
    texts = pa.LargeStringArray.from_buffers(len(values), pa.py_buffer(ends), pa.py_buffer(letters.tobytes()))
    missing = numbers < 0
    if not missing.any():
        return texts
    return pa.compute.if_else(pa.array(missing), pa.scalar(None, pa.large_string()), texts)
