"""
Made-up networks and years of any size, for tests of growth and for demonstrations. Labelled synthetic.
"""
