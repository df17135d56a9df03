"""The little of SVG that the plots need. Colours are classes, so that one file serves light and dark backgrounds."""
from xml.sax.saxutils import escape

# class: (light, dark)
COLOURS = {
    "ground": ("#ffffff", "#0d1117"), "ink": ("#1f2328", "#e6edf3"), "soft": ("#59636e", "#9198a1"),
    "grid": ("#d8dee4", "#30363d"), "line": ("#1f2328", "#e6edf3"),
    "batch": ("#0b6bcb", "#58a6ff"), "tb": ("#d9730d", "#f0883e"), "off": ("#8a8f98", "#8b949e"),
    "other": ("#7f5fc4", "#a78bfa"), "qemu": ("#1a7f5a", "#3fb98a"), "v86": ("#c2345b", "#f0718f"),
    "host": ("#6e7781", "#6e7681"),
}
FONT = "font-family:system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif"


class Drawing:
    """A picture of a width and height in pixels, with a title on top."""

    def __init__(self, width, height, title, subtitle=""):
        self.width, self.height, self.parts = width, height, []
        self.rect(0, 0, width, height, "ground")
        self.text(16, 28, title, size=17, weight=600)
        self.text(16, 47, subtitle, "soft", size=12)

    def rect(self, x, y, width, height, kind, radius=0, opacity=1):
        more = ' fill-opacity="%.2f"' % opacity if opacity < 1 else ""
        self.parts.append('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%d" class="%s"%s/>' % (
            x, y, max(width, 0.5), height, radius, kind, more))

    def text(self, x, y, text, kind="ink", size=13, anchor="start", weight=400):
        self.parts.append('<text x="%.1f" y="%.1f" class="%s" font-size="%d" text-anchor="%s" font-weight="%d">%s</text>' % (
            x, y, kind, size, anchor, weight, escape(text)))

    def line(self, x1, y1, x2, y2, kind="grid", width=1.0, dash=""):
        self.parts.append('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="s-%s" stroke-width="%.1f"%s/>' % (
            x1, y1, x2, y2, kind, width, ' stroke-dasharray="%s"' % dash if dash else ""))

    def circle(self, x, y, radius, kind):
        self.parts.append('<circle cx="%.1f" cy="%.1f" r="%.1f" class="%s" fill-opacity="0.85"/>' % (x, y, radius, kind))

    def svg(self):
        def rules(n):
            return "".join(".%s{fill:%s}.s-%s{stroke:%s}" % (k, c[n], k, c[n]) for k, c in COLOURS.items())
        return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" style="%s">\n'
                "<style>%s\n@media (prefers-color-scheme:dark){%s}</style>\n%s\n</svg>\n" % (
                    self.width, self.height, self.width, self.height, FONT, rules(0), rules(1), "\n".join(self.parts)))
