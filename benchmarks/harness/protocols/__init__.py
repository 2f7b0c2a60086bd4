"""The protocols that endpoints speak: one module each, found by its name.

A further protocol is one more module here, with a `PROTOCOL` of its own.
"""

import pkgutil
from importlib import import_module

from benchmarks.harness.wire import WireProtocol

PROTOCOLS: dict[str, WireProtocol] = {
    found.name: import_module(f"{__name__}.{found.name}").PROTOCOL
    for found in pkgutil.iter_modules(__path__)
}
