"""
The distribution network as the installation knows it: imported models and their year of load.
"""
