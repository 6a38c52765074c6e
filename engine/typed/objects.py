"""Columns of Python objects, which mostly share a few: found by where they lie in memory, without touching them."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_FIRST = 2_000  # so many are looked at before all are
_SHARED = 8  # and as many rows, at the least, must share an object on average


class _Addresses:
    """The memory of an array of objects, seen as whole numbers; alive as long as the array is."""

    def __init__(self, values: NDArray[Any]) -> None:
        self.__array_interface__ = {
            "data": (values.__array_interface__["data"][0], True),
            "shape": values.shape,
            "strides": values.strides,
            "typestr": f"<i{np.dtype(np.intp).itemsize}"
            if np.little_endian
            else f">i{np.dtype(np.intp).itemsize}",
            "version": 3,
        }


def distinct(values: NDArray[Any]) -> tuple[pa.Array, NDArray[Any]] | None:
    """Give for each row the place of its object (int32) among the distinct ones, or None where few are shared.

    Two objects that are equal but lie apart count as two.
    """
    if not len(values):
        return None
    addresses = np.asarray(_Addresses(values))
    if len(np.unique(addresses[:_FIRST])) * _SHARED > min(len(values), _FIRST):
        return None
    encoded = pa.array(addresses).dictionary_encode()
    size = len(encoded.dictionary)
    if size * _SHARED > len(values):
        return None
    places = encoded.indices.to_numpy()
    first = np.empty(size, np.intp)
    first[places[::-1]] = np.arange(len(values) - 1, -1, -1)  # the last to be written is the first row
    return encoded.indices, values[first]
