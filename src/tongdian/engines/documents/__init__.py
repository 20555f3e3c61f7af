"""
The engine of papers: a template and its values in, an archivable PDF out.
"""

from tongdian.engines.documents._typst import UnprintableText, render_pdf

__all__ = ["UnprintableText", "render_pdf"]
