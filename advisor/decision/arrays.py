"""Names for the arrays that the core works on."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Stands for "no row" and "no slot" in arrays of indices.
NONE = -1
