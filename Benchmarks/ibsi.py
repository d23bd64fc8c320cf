#!/usr/bin/env python3
"""Counts which reference values and response maps of IBSI `worker verify` meets, and writes the tables of the documents.

    Benchmarks/ibsi.py WORKER DATA [--documents FOLDER] [-j N]

Runs `worker verify --ibsi DATA --json`, which extracts as `worker extract` does with the parameter files of Examples/ibsi and
Examples/ibsi2, and replaces what follows "## What is met" in ibsi.md and ibsi-filters.md of FOLDER (Documentation). DATA holds `ibsi`,
`ibsi_ct` and `ibsi2`, of theibsi/data_sets and theibsi/ibsi_2_reference_data, which are not part of this repository. Needs nothing but
Python. Ends with 1 where a value or a map is not met, with 65 where not all was looked at.
"""
import argparse
import json
import pathlib
import subprocess
import sys

HEADING = "## What is met"


def verify(worker, data, jobs):
    """What the program found, part by part."""
    done = subprocess.run([worker, "verify", "--ibsi", data, "-j", str(jobs), "--json"], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"worker verify: {done.stderr}")
    return json.loads(done.stdout)


def link(path):
    return f"[{path.removeprefix('Examples/')}](../{path})"


def missed(part):
    """Each value that is not met, as the document tells it."""
    return [f"{check['name']} {check.get('found')}, {check['reference']:g} ± {check['tolerance']:g}"
            for check in part["checks"] if check["outcome"] == "failed"]


def values_table(parts):
    """A row for each configuration, and what is not met."""
    rows = ["| data | parameter file | features | without a value | met | of these by the tolerance alone |", "|---|---|---|---|---|---|"]
    for part in parts:
        counts = part["counts"]
        rows.append(f"| {part['title'].split(', ', 1)[1]} | {link(part['parameters'])} | {part['features']} | {counts['listed']} "
                    f"| {counts['met']} of {counts['checked']} | {counts['within_tolerance']} |")
    return rows


def total(parts, key):
    return sum(part["counts"][key] for part in parts)


def first_document(parts):
    """IBSI-1."""
    told = [f"- {part['title']}: {text}." for part in parts for text in missed(part)]
    return [
        f"{total(parts, 'met'):,} of {total(parts, 'checked'):,} agreed values are met, {total(parts, 'within_tolerance'):,} of them by the "
        "tolerance alone.", "", *values_table(parts), *(["", "Not met:", "", *told] if told else []),
    ]


def second_document(maps, features):
    """IBSI-2."""
    rows = ["| map | parameter file | largest difference, % of range |", "|---|---|---|"]
    for check in maps["checks"]:
        found = "none" if check.get("found") is None else f"{check['found']:.4f}"
        rows.append(f"| {check['name'].replace('_', '.')} | {link(check['parameters'])} | {found} |")
    counts = maps["counts"]
    lines = [f"{counts['met']} of {counts['checked']} response maps are met: every voxel within 1 % of the range.", "", *rows, "",
             f"{total(features, 'met')} of {total(features, 'checked')} reference values are met, within their tolerances; features without "
             f"a reference value: {total(features, 'listed')}.", "",
             "| configuration | parameter file | met | not met: value, reference |", "|---|---|---|---|"]
    for part in features:
        counts = part["counts"]
        lines.append(f"| {part['title'].split(' ')[-1]} | {link(part['parameters'])} | {counts['met']} of {counts['checked']} "
                     f"| {'; '.join(missed(part))} |")
    return lines


def replace(document, lines):
    head = document.read_text().split(HEADING + "\n")[0]
    document.write_text("\n".join([head + HEADING, "", *lines]).rstrip() + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("worker")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--documents", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent / "../Documentation")
    parser.add_argument("-j", type=int, default=2, help="extractions at a time")
    arguments = parser.parse_args()
    found = verify(arguments.worker, arguments.data, arguments.j)
    for absence in found["not_looked_at"]:
        print(f"not looked at: {absence['what']}: {absence['why']}", file=sys.stderr)
    if found["not_looked_at"]:
        sys.exit(65)
    first = [part for part in found["parts"] if part["title"].startswith("IBSI-1")]
    (maps,) = [part for part in found["parts"] if part["kind"] == "maps"]
    features = [part for part in found["parts"] if part["title"].startswith("IBSI-2") and part["kind"] == "values"]
    replace(arguments.documents / "ibsi.md", first_document(first))
    replace(arguments.documents / "ibsi-filters.md", second_document(maps, features))
    for part in [*first, maps, *features]:
        print(f"{part['title']}: {part['counts']['met']} of {part['counts']['checked']}")
    sys.exit(any(part["counts"]["failed"] for part in [*first, maps, *features]))


if __name__ == "__main__":
    main()
