"""
Work that outlives a request: imports, exports, nightly runs. It survives a killed worker.
"""
