"""Markdown tables of the records that measure.py and texts.py make."""

from fnmatch import fnmatch

from measure import ratio

RUNTIMES = {"fbert": "fbert", "ort": "ONNX Runtime", "torch": "PyTorch", "pipeline": "HF tokenizers + ONNX Runtime"}
# Columns of the summary: title, peers, and the fbert variant they stand against.
FAMILIES = [
    ("ORT int8", ["ort:int8-*"], "fbert:int8"), ("ORT int8, expert", ["ort:int8-expert"], "fbert:int8"),
    ("PyTorch int8", ["torch:int8"], "fbert:int8"),
    ("ORT fp32", ["ort:fp32-*"], "fbert:fp32"), ("ORT fp32, expert", ["ort:fp32-expert"], "fbert:fp32"),
    ("PyTorch fp32", ["torch:fp32"], "fbert:fp32"),
]


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "| " + " | ".join(["---"] * 1 + ["---:"] * (len(header) - 1)) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def milliseconds(value):
    return f"{value:.0f}" if value >= 1000 else f"{value:.1f}" if value >= 100 else f"{value:.2f}"


def interval(slow, fast):
    middle, low, high = ratio(slow, fast)
    return f"**{middle:.2f}x** ({low:.2f}..{high:.2f})"


def best(results, patterns, expert):
    """The quickest peer of a family by its median, or None."""
    fits = [peer for peer in results if any(fnmatch(peer, p) for p in patterns) and peer.endswith("-expert") == expert]
    return min(fits, key=lambda peer: results[peer]["median"], default=None)


def noisy(record):
    return record["steal_percent"] > 0.5 or record["others_cores"] > 0.1


def title(record):
    return f"{record['model']}, {record['threads']} thread{'s' if record['threads'] > 1 else ''}"


def shape(record):
    return f"{record['batch']} x {record['sequence']}" + (" (noisy)" if noisy(record) else "")


def summary(records):
    """fbert's median of each case, and the quickest of each family beside it with its ratio."""
    text = ""
    present = [family for family in FAMILIES
               if any(best(r["results"], family[1], family[0].endswith("expert")) for r in records)]
    for name in dict.fromkeys(map(title, records)):
        rows = []
        for record in (r for r in records if title(r) == name):
            results = record["results"]
            row = [shape(record)]
            row += [milliseconds(results[v]["median"]) if v in results else "" for v in ("fbert:int8", "fbert:fp32")]
            for family, patterns, own in present:
                peer = best(results, patterns, family.endswith("expert"))
                if peer is None or own not in results:
                    row.append("")
                    continue
                graph = f" {peer.split(':')[1]}" if peer.startswith("ort") and not peer.endswith("expert") else ""
                row.append(f"{milliseconds(results[peer]['median'])}{graph}, {interval(results[peer], results[own])}")
            rows.append(row)
        header = ["batch x tokens", "fbert int8, ms", "fbert fp32, ms"] + [f"{family[0]}, ms, ratio" for family in present]
        text += f"### {name}\n\n" + table(header, rows) + "\n"
    return text


def details(record):
    rows = []
    reference = record["results"].get("fbert:int8")
    for peer, figures in sorted(record["results"].items(), key=lambda item: item[1]["median"]):
        runtime, variant = peer.split(":")
        size = f"{figures['bytes'] / 1e6:.1f} MB" if figures["bytes"] else "in memory"
        rows.append([RUNTIMES[runtime], variant, size, *(milliseconds(figures[k]) for k in ("median", "mean", "std", "min")),
                     str(figures["n"]), f"{record['batch'] * 1000 / figures['mean']:.1f}",
                     f"{figures['median'] / reference['median']:.2f}" if reference else ""])
    head = (f"#### {title(record)}, {record['batch']} x {record['sequence']}\n\nLoad average {record['load_average']}, "
            f"other processes {record['others_cores']} cores, steal {record['steal_percent']} %, {record['seconds']} s.\n\n")
    header = ["Model", "Variant", "Size", "Latency median (ms)", "mean (ms)", "Std (ms)", "min (ms)", "n", "IPS",
              "times fbert int8"]
    return head + table(header, rows) + "\n"


def texts_table(records):
    rows = []
    for record in records:
        own = record["results"].get("fbert:int8")
        for peer, figures in record["results"].items():
            runtime, variant, *way = peer.split(":")
            rows.append([f"{record['texts']}, {record['count']} texts, {title(record)}" + (" (noisy)" if noisy(record) else ""),
                         f"{RUNTIMES[runtime]} {variant}", way[0] if way else "as they come",
                         f"{record['count'] * 1000 / figures['median']:.1f}", str(figures["n"]),
                         f"{100 * figures['std'] / figures['mean']:.1f} %",
                         f"{100 * figures['labels_equal_fbert']:.1f} %",
                         interval(figures, own) if own and figures is not own else ""])
    header = ["texts", "runtime", "batches", "texts/s", "n", "Std", "labels as fbert", "time against fbert"]
    return table(header, rows)


def checks_table(checks):
    rows = [[c["model"], peer, f"{distance:.2g}", f"{c['largest_logit']:.2g}"] for c in checks
            for peer, distance in c["distances"].items()]
    return table(["model", "peer", "largest distance from fbert fp32", "largest logit"], rows)


def markdown(report):
    machine = report["machine"]
    text = (f"# fbert and other runtimes\n\n{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, "
            f"{machine['date']}.\n\n" + "".join(f"- {version}\n" for version in report["versions"].values()) +
            "\nMedians of the medians of rounds; in brackets the 95 % interval of the ratio (bootstrap over rounds). Above 1, "
            "fbert is faster. Of each family the quickest is shown, and named. `expert` graphs are hand-made: no attention "
            "mask, and only the [CLS] row in the last layer. See docs/compare-runtimes.md.\n\n")
    if report["cases"]:
        text += "## Latency of full-length inputs\n\n" + summary(report["cases"])
    if report["texts"]:
        text += "## From text to label\n\n" + texts_table(report["texts"]) + "\n"
    if report["cases"]:
        text += "## Every figure\n\n" + "".join(map(details, report["cases"]))
    if report["checks"]:
        text += "## What the answers differ\n\n" + checks_table(report["checks"])
    return text
