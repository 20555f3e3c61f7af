"""
Staff with their roles, customers, the installation itself, and who may do what.
"""
