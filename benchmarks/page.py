"""The page of results: tables made of the file of results, between two marks in docs/speed.md."""

from __future__ import annotations

import pathlib
from typing import Any

from benchmarks import charts
from benchmarks.case import FLOOR, OURS
from benchmarks.results import ratio, reached

DOCS = pathlib.Path(__file__).parents[1] / "docs"
BEGIN, END = "<!-- results: begin (python -m benchmarks --page writes them) -->", "<!-- results: end -->"
EMPTY = f"# Speed\n\n{BEGIN}\n{END}\n"
HEAD = ("case", "tfk_ext", "beside", "its time", "ratio", "asked", "of the floor", "memory", "first call")


def write(results: dict[str, Any], groups: dict[str, str], docs: pathlib.Path) -> None:
    """Write the generated part of the page, and the charts; what a person wrote around it stays."""
    page, pictures = docs / "speed.md", docs / "speed"
    text = page.read_text(encoding="utf-8") if page.exists() else EMPTY
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    if not rest or END not in text:
        raise SystemExit(f"{page.name}: the marks {BEGIN!r} and {END!r} are missing.")
    pictures.mkdir(parents=True, exist_ok=True)
    parts = [summary(results)]
    for group, what in groups.items():
        kept = {n.partition("/")[2]: r for n, r in results.items() if n.startswith(f"{group}/")}
        if kept:
            parts.append(f"### {group}: {what}\n\n" + section(group, kept, pictures))
    page.write_text(f"{before}{BEGIN}\n\n" + "\n\n".join(parts) + f"\n\n{END}{after}", encoding="utf-8")


def summary(results: dict[str, Any]) -> str:
    """Return the machine, the dates, and how many bars are reached."""
    machines = sorted({r["machine"] for r in results.values()})
    dates = sorted({r["date"] for r in results.values()})
    judged = [
        (name, bar, reached(r, bar))
        for name, r in results.items()
        for bar in r.get("bars", ())
        if "figures" in r
    ]
    missed = [(name, bar) for name, bar, good in judged if good is False]
    when = dates and " to ".join(dict.fromkeys((dates[0], dates[-1])))
    lines = [f"Measured {when} on: {'; '.join(machines)}."] if dates else []
    lines.append(f"{sum(good is True for *_, good in judged)} of {len(judged)} bars are reached.")
    for name, r in results.items():
        if "unequal" in r:
            lines.append(f"- {name}: not timed, the results are unequal: {r['unequal']}")
    if missed:
        lines[-1] += " Missed:\n"
    for name, bar in missed:
        value = ratio(results[name], bar["peer"], bar["of"])
        what = {"time": "", "memory": " memory,", "first": " first call,"}[bar["of"]]
        line = f"- {name}:{what} {value:.2f} of {bar['peer']}, asked {bar['least']:g}"
        if bar["of"] == "time" and bar["peer"] != FLOOR and FLOOR in results[name]["figures"]:
            line += f" (the floor itself: {value / ratio(results[name], FLOOR):.2f})"
        lines.append(line)
    return "\n".join(lines)


def section(group: str, kept: dict[str, Any], pictures: pathlib.Path) -> str:
    """Return the tables and charts of a group."""
    timed = {name: r for name, r in kept.items() if "figures" in r}
    plain = {name: r for name, r in timed.items() if "row" not in r}
    curves = {name: r for name, r in timed.items() if isinstance(r.get("column"), int)}
    crossed = {name: r for name, r in timed.items() if isinstance(r.get("column"), str)}
    parts = []
    if plain:
        charts.ratios(plain, pictures / f"{group}.svg")
        parts += [f"![{group}](speed/{group}.svg)", plain_table(plain)]
    if crossed:
        parts.append(crossed_table(crossed))
    for row in dict.fromkeys(r["row"] for r in curves.values()):
        members = sorted((r for r in curves.values() if r["row"] == row), key=lambda r: r["column"])
        file = f"{group}-{''.join(c if c.isalnum() else '-' for c in row.lower())}.svg"
        charts.curves(row, members, pictures / file)
        parts += [f"![{row}](speed/{file})", curve_table(row, members)]
    return "\n\n".join(parts)


def plain_table(kept: dict[str, Any]) -> str:
    """Return a table with a line for each case and peer."""
    rows = []
    for name, r in kept.items():
        ours = r["figures"][OURS]
        peers = [peer for peer in r["figures"] if peer not in (OURS, FLOOR)]
        for peer in peers:
            first = peer == peers[0]
            rows.append(
                (
                    name + (f" ({r['not_compared']})" if r["not_compared"] else "") if first else "",
                    _time(ours) if first else "",
                    peer,
                    _time(r["figures"][peer]),
                    f"{ratio(r, peer):.2f}",
                    _asked(r, peer, "time"),
                    _of_the_floor(r) if first else "",
                    _both(r, peer, "memory", "MB", 1),
                    _both(r, peer, "first", "s", 1e3),
                )
            )
    return _table(HEAD, rows)


def _time(figures):
    return f"{_short(figures['median'])} ms [{_short(figures['low'])}, {_short(figures['high'])}]"


def _asked(r, peer, of):
    bars = [bar for bar in r["bars"] if bar["peer"] == peer and bar["of"] == of]
    return ", ".join(
        f"{bar['least']:g} {'reached' if reached(r, bar) else '**missed**'}"
        + (f" ({bar['stretch']:g})" if bar["stretch"] else "")
        for bar in bars
    )


def _of_the_floor(r):
    if FLOOR not in r["figures"]:
        return ""
    asked = [bar for bar in r["bars"] if bar["peer"] == FLOOR]
    text = f"{1 / ratio(r, FLOOR):.2f}"
    return text + "".join(
        f", asked {1 / bar['least']:.2g} {'reached' if reached(r, bar) else '**missed**'}" for bar in asked
    )


def _both(r, peer, of, unit, scale):
    ours, theirs = (r["figures"][name][of] for name in (OURS, peer))
    if ours is None or theirs is None:
        return ""
    text = f"{_short(ours / scale)} : {_short(theirs / scale)} {unit}"
    asked = _asked(r, peer, of)
    return f"{text} = {ratio(r, peer, of):.2g}, asked {asked}" if asked else text


def crossed_table(kept: dict[str, Any]) -> str:
    """Return a table of ratios: rows by columns, those below the bar in bold."""
    columns = list(dict.fromkeys(r["column"] for r in kept.values()))
    rows = {}
    for r in kept.values():
        peer = next(p for p in r["figures"] if p not in (OURS, FLOOR))
        value = f"{ratio(r, peer):.2f}"
        missed = any(reached(r, bar) is False for bar in r["bars"])
        rows.setdefault(r["row"], {})[r["column"]] = f"**{value}**" if missed else value
    peers = {p for r in kept.values() for p in r["figures"]} - {OURS, FLOOR}
    lines = [(name, *(cells.get(column, "") for column in columns)) for name, cells in rows.items()]
    return f"Times as fast as {' or '.join(sorted(peers))}:\n\n" + _table(("", *columns), lines)


def curve_table(row: str, members: list[dict[str, Any]]) -> str:
    """Return a table of a curve: time, memory and first call of all candidates at each size."""
    names = list(dict.fromkeys(name for r in members for name in r["figures"]))
    head = (row, *(f"{name}: ms, MB, first s" for name in names))
    rows = []
    for r in members:
        cells = []
        for name in names:
            f = r["figures"].get(name)
            memory = f and ("-" if f["memory"] is None else _short(f["memory"]))
            cells.append(f"{_short(f['median'])}, {memory}, {_short(f['first'] / 1e3)}" if f else "")
        rows.append((str(r["column"]), *cells))
    return _table(head, rows)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _short(value: float) -> str:
    """Return three significant digits, without an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value >= 0.001 else "0"
