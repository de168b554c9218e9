#!/usr/bin/env python3
"""Draws the picture that the README opens with, in a light and a dark variant.

    scripts/draw_readme_chart.py [RUNTIMES.json]     default: docs/images/runtimes.json

RUNTIMES.json is what scripts/compare-runtimes writes; docs/images/accuracy.json holds what int8 costs (docs/int8.md).
Writes docs/images/latency-light.svg and latency-dark.svg.
"""

import json
import sys
from pathlib import Path

IMAGES = Path(__file__).resolve().parent.parent / "docs/images"
MODEL, THREADS, BATCH, SEQUENCES = "distilbert-base", 1, 1, (16, 32, 128)
PRECISIONS = ("int8", "fp32")
COLOURS = {
    "light": {"text": "#1f2328", "muted": "#59636e", "line": "#d1d9e0", "fbert": "#0969da", "ort": "#afb8c1"},
    "dark": {"text": "#f0f6fc", "muted": "#9198a1", "line": "#3d444d", "fbert": "#4493f8", "ort": "#656c76"},
}
FONT = "-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif"
WIDTH, LABEL_RIGHT, BAR_LEFT, BAR_WIDTH, PANEL_LEFT = 860, 84, 96, 330, 580
BAR, GAP, GROUP_GAP, TOP = 17, 4, 18, 84


def number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def fastest_peer(results, precision):
    """The median of ONNX Runtime's quickest graph that is right for any batch, or None."""
    medians = [figures["median"] for peer, figures in results.items()
               if peer.startswith(f"ort:{precision}-") and not peer.endswith("-expert")]
    return min(medians, default=None)


def bars_of(report):
    """(tokens, precision, milliseconds of fbert, milliseconds of ONNX Runtime) of each pair that was measured."""
    bars = []
    for sequence in SEQUENCES:
        for case in report["cases"]:
            if (case["model"], case["threads"], case["batch"], case["sequence"]) != (MODEL, THREADS, BATCH, sequence):
                continue
            for precision in PRECISIONS:
                own, peer = case["results"].get(f"fbert:{precision}"), fastest_peer(case["results"], precision)
                if own is not None and peer is not None:
                    bars.append((sequence, precision, own["median"], peer))
    if not bars:
        sys.exit(f"no case of {MODEL} on {THREADS} thread, {BATCH} x {SEQUENCES}, with fbert and ONNX Runtime")
    return bars


class Svg:
    def __init__(self, colours):
        self.colours, self.parts = colours, []

    def text(self, x, y, content, size=13, colour="text", anchor="start", weight="normal"):
        content = content.replace("&", "&amp;").replace("<", "&lt;")
        self.parts.append(f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{self.colours[colour]}" '
                          f'text-anchor="{anchor}" font-weight="{weight}">{content}</text>')

    def bar(self, x, y, width, height, colour):
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{width:.1f}" height="{height}" rx="2" '
                          f'fill="{self.colours[colour]}"/>')

    def line(self, x1, y1, x2, y2):
        self.parts.append(f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" stroke="{self.colours["line"]}"/>')

    def document(self, height, title):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" '
                f'height="{height:g}" font-family="{FONT}" role="img">\n<title>{title}</title>\n'
                + "\n".join(self.parts) + "\n</svg>\n")


def draw(report, accuracy, colours):
    bars = bars_of(report)
    longest = max(max(own, peer) for _, _, own, peer in bars)
    several = len({precision for _, precision, _, _ in bars}) > 1
    svg = Svg(colours)
    svg.text(0, 20, f"Latency of one text{'' if several else ' in ' + bars[0][1]}, milliseconds", 16, weight="600")
    svg.text(0, 40, f"DistilBERT, one thread of {report['machine']['cpu']}; less is better", 12, "muted")
    svg.bar(0, 54, 12, 12, "fbert")
    svg.text(18, 64, "fbert", 12)
    svg.bar(66, 54, 12, 12, "ort")
    svg.text(84, 64, "ONNX Runtime, its fastest graph", 12)
    y = TOP
    for sequence, precision, own, peer in bars:
        middle = y + BAR + GAP / 2
        svg.text(LABEL_RIGHT, middle + (0 if several else 4), f"{sequence} tokens", 13, anchor="end")
        if several:
            svg.text(LABEL_RIGHT, middle + 15, precision, 11, "muted", anchor="end")
        for row, (value, colour) in enumerate(((own, "fbert"), (peer, "ort"))):
            top, width = y + row * (BAR + GAP), max(value / longest * BAR_WIDTH, 2)
            svg.bar(BAR_LEFT, top, width, BAR, colour)
            svg.text(BAR_LEFT + width + 6, top + 13, number(value), 12)
            if row == 0:
                svg.text(BAR_LEFT + width + 44, top + 13, f"{peer / own:.2f}x as fast", 12, "fbert", weight="600")
        y += 2 * BAR + GAP + GROUP_GAP
    height = y + 8
    svg.line(PANEL_LEFT - 30, 8, PANEL_LEFT - 30, height - 8)
    draw_accuracy(svg, accuracy)
    return svg.document(height, f"Latency of fbert beside ONNX Runtime, and what int8 costs; {report['machine']['date']}")


def draw_accuracy(svg, accuracy):
    svg.text(PANEL_LEFT, 20, "What int8 costs", 16, weight="600")
    svg.text(PANEL_LEFT, 40, f"accuracy on {accuracy['data']}, {accuracy['model']}", 12, "muted")
    for column, precision in enumerate(("fp32", "int8")):
        x = PANEL_LEFT + 130 * column
        svg.text(x, 92, f"{accuracy[precision]:.2f} %", 22, "fbert" if precision == "int8" else "text", weight="600")
        svg.text(x, 110, f"fbert {precision}", 12, "muted")
    share = 100 * accuracy["changed"] / accuracy["rows"]
    svg.text(PANEL_LEFT, 160, f"{accuracy['changed']} of {accuracy['rows']:,}", 22, weight="600")
    svg.text(PANEL_LEFT, 178, f"predictions change ({share:.2f} %),", 12, "muted")
    svg.text(PANEL_LEFT, 194, accuracy["sets"], 12, "muted")


def main():
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES / "runtimes.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    accuracy = json.loads((IMAGES / "accuracy.json").read_text(encoding="utf-8"))
    for name, colours in COLOURS.items():
        (IMAGES / f"latency-{name}.svg").write_text(draw(report, accuracy, colours), encoding="utf-8")


if __name__ == "__main__":
    main()
