"""An endpoint that answers with exact timing, errs on demand, and records both.

It speaks OpenAI chat completions and Anthropic messages. `python -m
benchmarks.simulator` serves it; `remote.Simulator` steers it and reads its record.
Every provider is a path of its own, `http://host:port/PROVIDER/v1`, that behaves as it
was told to. What the harness measures here can be held against what was really sent.
"""
