"""
What people said: received, kept in their own words, understood.
"""
