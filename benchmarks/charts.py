"""The charts of the page, as SVG; without matplotlib (the extra ``bench``) there are none."""

from __future__ import annotations

import pathlib
from typing import Any

from benchmarks.case import FLOOR, OURS
from benchmarks.results import ratio

SETTINGS = {"svg.hashsalt": "benchmarks", "svg.fonttype": "none", "font.size": 8, "axes.axisbelow": True}


def _pyplot():
    try:
        import matplotlib
    except ImportError:
        print("No charts: pip install matplotlib.")
        return None
    matplotlib.use("Agg")
    matplotlib.rcParams.update(SETTINGS)
    import matplotlib.pyplot as plt

    return plt


def _save(plt, figure, path):
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)


def ratios(kept: dict[str, Any], path: pathlib.Path) -> None:
    """Draw how many times as fast each case is as its peers, and what is asked for."""
    plt = _pyplot()
    if plt is None:
        return
    lines = [(n, p, r) for n, r in kept.items() for p in r["figures"] if p not in (OURS, FLOOR)]
    figure, axes = plt.subplots(figsize=(7, 0.6 + 0.19 * len(lines)))
    colours = {p: f"C{i}" for i, p in enumerate(dict.fromkeys(p for _, p, _ in lines))}
    for at, (_, peer, r) in enumerate(lines):
        value = ratio(r, peer)
        axes.barh(at, value - 1, left=1, color=colours[peer], height=0.7)
        axes.annotate(f" {value:.2f} ", (max(value, 1), at), va="center", fontsize=7)
        for bar in r["bars"]:
            if bar["peer"] == peer and bar["of"] == "time":
                axes.plot([bar["least"]] * 2, [at - 0.45, at + 0.45], color="black", linewidth=1.5)
    axes.set_xscale("log")
    axes.axvline(1, color="grey", linewidth=0.8)
    axes.set_yticks(
        range(len(lines)),
        [name if i == 0 or lines[i - 1][0] != name else "" for i, (name, _, _) in enumerate(lines)],
    )
    axes.set_ylim(len(lines) - 0.4, -0.6)
    ticks = [
        t for t in (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200) if axes.get_xlim()[0] <= t <= axes.get_xlim()[1]
    ]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    axes.grid(axis="x", linewidth=0.3)
    axes.set_xlabel("times as fast (black mark: what is asked for)")
    axes.legend(
        [plt.Rectangle((0, 0), 1, 1, color=c) for c in colours.values()],
        [f"beside {p}" for p in colours],
        fontsize=7,
    )
    _save(plt, figure, path)


def curves(row: str, members: list[dict[str, Any]], path: pathlib.Path) -> None:
    """Draw time, memory and first call over a size, on logarithmic axes."""
    plt = _pyplot()
    if plt is None:
        return
    figure, panels = plt.subplots(1, 3, figsize=(9, 2.6))
    names = list(dict.fromkeys(name for r in members for name in r["figures"]))
    fields = (("median", "ms a call", 1), ("memory", "peak MB of a call", 1), ("first", "first call, s", 1e3))
    for axes, (field, label, scale) in zip(panels, fields):
        for colour, name in enumerate(names):
            if name == FLOOR and field != "median":
                continue
            points = [
                (r["column"], max(r["figures"][name][field] / scale, 1e-3))
                for r in members
                if r["figures"].get(name, {}).get(field) is not None
            ]
            style = "--" if name == FLOOR else "-"
            axes.plot(*zip(*points), style, marker=".", color=f"C{colour}", label=name) if points else None
        axes.set(xscale="log", yscale="log", title=label)
        columns = [r["column"] for r in members]
        axes.set_xticks(columns, [str(c) for c in columns])
        axes.minorticks_off()
        axes.grid(linewidth=0.3)
    panels[0].legend(fontsize=7)
    figure.suptitle(row, fontsize=9, y=1.02)
    _save(plt, figure, path)
