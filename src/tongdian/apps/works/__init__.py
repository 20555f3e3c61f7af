"""
What crews do at people's doors: visits with their milestones, materials, evidence, power on.
"""
