"""Measures language model endpoints: pure asyncio, no Django.

A `Target` says what to call, a `Load` how to call it; `runner.measure` does it and
returns every request as a row of a `SampleTable`, which `metrics` condenses.
"""
