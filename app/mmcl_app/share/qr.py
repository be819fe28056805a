"""An address as a QR code, made on this computer."""

from __future__ import annotations


def svg(link: str) -> str:
    """Return the QR code of a link as SVG: black on white in both themes, as wide as its place."""
    import segno

    code = segno.make(link, error="l", boost_error=False, micro=False)
    across = code.symbol_size()[0]
    dark = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(code.matrix_iter(border=4))
        for x, module in enumerate(row)
        if module
    )
    return (
        f'<svg class="qr" viewBox="0 0 {across} {across}" role="img" '
        f'aria-label="QR code of this link" shape-rendering="crispEdges" width="100%">'
        f'<path d="M0 0H{across}V{across}H0z" fill="#ffffff"/>'
        f'<path d="{dark}" fill="#000000"/></svg>'
    )


def in_terminal(link: str) -> str:
    """Return the QR code of a link as text, two rows of it in a line."""
    import segno

    rows = [list(row) for row in segno.make(link, error="l", micro=False).matrix_iter(border=2)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    # Light modules are drawn: most terminals are dark.
    blocks = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join(
        "".join(blocks[bool(a), bool(b)] for a, b in zip(*p, strict=True)) for p in pairs
    )
