"""
Power flow: a network as trees, their sweeps over a year, loops, and power-grid-model as the reference.
"""
