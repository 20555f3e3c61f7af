"""
QR codes. The only file that imports segno.
"""

import io


def draw_qr(text: str) -> str:
    """
    Return a QR code as SVG, black on white with its quiet zone; error correction M, the same text gives the same picture.
    """
    import segno

    target = io.BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(
        target, kind="svg", border=4, light="#ffffff", dark="#000000", xmldecl=False
    )
    return target.getvalue().decode()
