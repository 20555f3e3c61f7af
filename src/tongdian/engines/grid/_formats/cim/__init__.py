"""
Files of the Common Information Model: transmission's profiles (CGMES) by a library, distribution's (CDPSM) by ourselves.
"""
