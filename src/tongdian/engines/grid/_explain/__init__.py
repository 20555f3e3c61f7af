"""
Why a bus can take what it can, as values and pictures, and which single change brings more.
"""
