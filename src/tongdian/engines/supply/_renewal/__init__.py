"""
Overhead or wall-mounted stretches that go underground: cables, order of works, cost.
"""
