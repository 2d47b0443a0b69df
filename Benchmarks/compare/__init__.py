"""Thaw beside its peers, in turns in one run. Started by `Benchmarks/run`."""
