"""What a reader must know first, through the programs: planted leaks of five kinds, copies of three kinds and in both parts, a confounded and a
lost site, decimal commas, five events. Each must head the page and the warnings of report.json, with its exit code; an honest cohort must not.

    heads.py PROGRAMS FOLDER [PAGE.md]

Ends with 1 if one does not. PAGE.md takes the table into its block `heads`.
"""
import hashlib
import html
import json
import os
import random
import re
import subprocess
import sys

FEATURES = 12
SUBJECTS = 100


class Cohort:
    """100 subjects of two sites, half of them cases; twelve features, of which the first carries a little of the outcome."""

    def __init__(self, seed=1):
        self.draw = random.Random(seed)
        self.header = ["ID", "Site", "Outcome"] + [f"f{place}" for place in range(FEATURES)]
        self.rows = []
        for subject in range(SUBJECTS):
            outcome = self.draw.randrange(2)
            values = [self.draw.gauss(0.6 * outcome if place == 0 else 0, 1) for place in range(FEATURES)]
            self.rows.append([f"P{1000 + subject}", f"S{subject % 2}", outcome] + values)
        self.features = "{table: table.csv}"
        self.more = ""

    def column(self, name, value):
        self.header.append(name)
        for row in self.rows:
            row.append(value(row))
        return self

    def copies(self, change, pairs=20):
        """The last so many rows become copies of the first under other IDs."""
        for first, last in zip(self.rows[:pairs], self.rows[-pairs:]):
            last[1:3] = first[1:3]
            last[3:] = [change(value) for value in first[3:]]
        return self

    def tested(self, first, last):
        """Subjects of these numbers are the test part."""
        self.more = "split: column\n"
        return self.column("Split", lambda row: "test" if first <= int(row[0][1:]) - 1000 < last else "training")

    def text(self, separator=",", decimal="."):
        lines = [self.header] + self.rows
        return "".join(separator.join(
            repr(cell).replace(".", decimal) if isinstance(cell, float) else str(cell) for cell in line) + "\n" for line in lines)


def leak(name, value):
    cohort = Cohort()
    return cohort.column(name, lambda row: value(row[2], cohort.draw, int(row[0][1:])))


def digests():
    cohort = Cohort().tested(30, 60)
    cohort.column("sha256", lambda row: hashlib.sha256(row[0].encode()).hexdigest())
    for first, last in zip(cohort.rows[:20], cohort.rows[-20:]):
        last[1], last[2], last[-1] = first[1], first[2], first[-1]
    cohort.features = "{table: table.csv, image_digest: sha256}"
    return cohort


def confounded():
    """Nine of ten at the one site are cases, one of ten at the other, and a feature tells the sites apart."""
    cohort = Cohort()
    for subject, row in enumerate(cohort.rows):
        row[2] = int((row[1] == "S0") != (subject % 20 < 2))
        row[5] += 3 * (row[1] == "S0")
    return cohort


def lost():
    cohort = Cohort()
    for subject, row in enumerate(cohort.rows):
        if subject % 4 == 3:
            row[1], row[2] = "S2", ""
    return cohort


def events(number):
    cohort = Cohort()
    cases = set(range(0, SUBJECTS, SUBJECTS // number))
    for subject, row in enumerate(cohort.rows):
        row[2] = int(subject in cases)
    return cohort


def mixed_commas():
    cohort = Cohort()
    return cohort.column("mixed", lambda row: "1.449,44" if row is cohort.rows[3] else "2,5")


# What is planted: cohort, separator and decimal sign, exit code, code of the first warning, what the head of the page says.
CASES = [
    ("nothing", Cohort, ",.", 0, None, None),
    ("the outcome as a column", lambda: leak("copy", lambda y, d, n: 3 * y), ",.", 1, "too_good", "copy"),
    ("the outcome with noise", lambda: leak("noisy", lambda y, d, n: y + d.uniform(-0.1, 0.1)), ",.", 1, "too_good", "noisy"),
    ("the event's time", lambda: leak("days_to_event", lambda y, d, n: d.randrange(13) if y else d.randrange(4, 60)), ",.", 1,
     "audit_failed", "days_to_event"),
    ("a number given by the outcome", lambda: leak("number", lambda y, d, n: 500 * y + n), ",.", 1, "too_good", "number"),
    ("a value that only cases have", lambda: leak("measured", lambda y, d, n: d.random() if y else ""), ",.", 1, "too_good", "measured"),
    ("copies", lambda: Cohort().copies(float).tested(30, 60), ",.", 1, "audit_failed", "No image stands under two subjects"),
    ("copies, rounded", lambda: Cohort().copies(lambda value: round(value, 2)).tested(30, 60), ",.", 1, "audit_failed", "No image stands under two subjects"),
    ("copies by a column of digests", digests, ",.", 1, "audit_failed", "20 images stand under several subjects"),
    ("copies in training and test", lambda: Cohort().copies(float).tested(70, 100), ",.", 1, "audit_failed", "both parts"),
    ("a confounded site", confounded, ",.", 0, "sites_recognisable", "tell the sites apart"),
    ("a lost site", lost, ",.", 0, "site_lost", "S2 is missing"),
    ("five events", lambda: events(5), ",.", 0, "few_events", "rarer outcome"),
    ("decimal commas", Cohort, ";,", 0, None, None),
    ("commas of two meanings", mixed_commas, ";,", 65, None, "1.449,44"),
]


def run(programs, folder, cohort, signs):
    os.makedirs(folder)
    with open(f"{folder}/table.csv", "w") as file:
        file.write(cohort.text(*signs))
    with open(f"{folder}/study.yaml", "w") as file:
        file.write(f"study: planted\nfeatures: {cohort.features}\n{cohort.more}"
                   "models: [{name: Rad, selection: [mann-whitney: {p: 0.2}, lasso: {folds: 4}]}]\nbootstrap: {replicates: 4, per_task: 4}\n")
    command = [f"{programs}/coordinator", "local", f"{folder}/study.yaml", "--data", f"{folder}/data"]
    done = subprocess.run(command + ["--out", f"{folder}/out", "-j", "1"], capture_output=True, text=True)
    subprocess.run(command + ["--stop"], capture_output=True)
    return done


def head(folder):
    """Code of the first warning, and what stands first under “Read before use”; the errors where there is no report."""
    if not os.path.exists(f"{folder}/out/report.json"):
        return None, None
    with open(f"{folder}/out/report.json") as file:
        warnings = json.load(file)["warnings"]
    with open(f"{folder}/out/index.html") as file:
        page = file.read()
    first = re.search(r"Read before use.*?<li>(.*?)</li>", page, re.S)
    return warnings[0]["code"] if warnings else None, html.unescape(first.group(1)) if first else ""


def main():
    programs, folder = sys.argv[1:3]
    lines = ["| planted | exit code | first warning | heads the page |", "|---|---|---|---|"]
    failed = 0
    for number, (name, make, signs, status, code, part) in enumerate(CASES):
        place = f"{folder}/{number}"
        done = run(programs, place, make(), signs)
        found, text = head(place)
        if code:
            ok = done.returncode == status and found == code and part in text
        elif part:
            ok = done.returncode == status and found is None and part in done.stderr
        else:
            # The size of the study, and a number of sites that nobody can pool, are true of it.
            ok = done.returncode == status and found in ("sample_size", "few_sites")
        shown = "refused before anything is computed" if done.returncode == 65 else "yes" if code and ok else "" if ok else "no"
        lines.append(f"| {name} | {done.returncode} | {f'`{found}`' if found else ''} | {shown} |")
        print(("ok      " if ok else "FAILED  ") + name + ("" if ok else f": exit {done.returncode}, {found}, {text}\n{done.stderr}"), flush=True)
        failed += not ok
    print(f"{len(CASES) - failed} of {len(CASES)} as expected")
    if len(sys.argv) > 3:
        with open(sys.argv[3]) as file:
            page = file.read()
        start, end = page.index("<!-- heads -->\n") + len("<!-- heads -->\n"), page.index("<!-- end heads -->")
        with open(sys.argv[3], "w") as file:
            file.write(page[:start] + "\n".join(lines) + "\n" + page[end:])
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
