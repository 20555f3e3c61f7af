"""
The door for programs: demands, cases, plans and background tasks under /api/v1, described by /api/v1/openapi.json.
"""
