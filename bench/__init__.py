"""Benchmarks: each case is a module with `async def measure() -> Result`; `make bench` runs them one after another."""
