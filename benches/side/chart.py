"""The medians as bars: each program's time in units of mpop's, so that all
scenarios share one scale."""

from xml.sax.saxutils import escape

WIDTH, LEFT, BAR, GAP, TITLE = 760, 110, 14, 4, 26
# Programs slower than this have a bar that is cut, and their figure behind it.
MOST = 2.5

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.small { font-size: 11px; fill: #59636e }
rect { fill: #9aa4af }
rect.retr { fill: #0a7d4f }
rect.floor { fill: #c9d1d9 }
line { stroke: #59636e; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .small { fill: #9198a1 }
  rect { fill: #656d76 }
  rect.retr { fill: #3fb97f }
  rect.floor { fill: #3d444d }
  line { stroke: #9198a1 }
}
"""


def draw(medians, caption):
    """SVG of the scenarios that mpop ran in, by their titles."""
    parts, y = [], 24
    unit = (WIDTH - LEFT - 90) / MOST
    for title, times in medians.items():
        if "mpop" not in times:
            continue
        parts.append(f'<text class="title" x="8" y="{y}">{escape(title)}</text>')
        y += 8
        for name, seconds in times.items():
            ratio = seconds / times["mpop"]
            length = min(ratio, MOST) * unit
            kind = name if name in ("retr", "floor") else "other"
            parts.append(f'<text x="{LEFT - 8}" y="{y + 11}" text-anchor="end">{escape(name)}</text>')
            parts.append(
                f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}"/>'
            )
            parts.append(
                f'<text class="small" x="{LEFT + length + 6:.1f}" y="{y + 11}">'
                f"{seconds:.2f} s · {ratio:.2f}</text>"
            )
            y += BAR + GAP
        y += TITLE
    one = LEFT + unit
    parts.append(f'<line x1="{one:.1f}" y1="12" x2="{one:.1f}" y2="{y - TITLE}"/>')
    parts.append(
        f'<text class="small" x="8" y="{y}">Medians; the bars are in units of mpop\'s time. '
        f"{escape(caption)}</text>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 12}" '
        f'width="{WIDTH}" height="{y + 12}" role="img">\n<title>Time to fetch, beside other '
        f"programs</title>\n<style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )
