"""Cohorts for Tests/Published/run.

    cohort.py synthetic FOLDER          300 made-up patients of three sites, with known effects
    cohort.py glioma TABLE.CSV FOLDER   the 168 gliomas of four sites

Each writes table.csv (ID, Site, Outcome, features), clinic.csv (ID, clinical columns) and study.yaml.
"""
import csv
import math
import os
import random
import sys

MODELS = """models:
  - {name: Clinical, sources: [clinical]}
  - name: Rad
    PREFIXES
    selection: [mann-whitney, spearman: {threshold: 0.9}, lasso: {folds: 10}]
  - {name: Combined, scores: {models: [Rad], folds: 5}, sources: [clinical]}
bootstrap: {replicates: 20, per_task: 10}
"""


def write(folder, name, rows):
    with open(os.path.join(folder, name), "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def study(folder, name, clinical, prefixes=""):
    text = f"study: {name}\nseed: 7\nfeatures: table.csv\nsplit: {{training: 0.7}}\n"
    text += f"clinical:\n  table: clinic.csv\n  columns: {clinical}\n" + MODELS.replace("    PREFIXES\n", prefixes)
    with open(os.path.join(folder, "study.yaml"), "w") as file:
        file.write(text)


def synthetic(folder):
    """Log-odds: -5.2 + 0.06 Age + 0.8 (male) + 0.5 (II) or 1.1 (III) + 0.1 Marker + 0.9 x; four of twenty features show x."""
    draw = random.Random(16)
    names = [f"rad_f{number}" for number in range(20)]
    table, clinic = [["ID", "Site", "Outcome"] + names], [["ID", "Age", "Marker", "Sex", "Grade"]]
    for number in range(300):
        age, is_male = round(draw.gauss(60, 10)), draw.random() < 0.5
        grade = draw.choices([0, 1, 2], [0.4, 0.35, 0.25])[0]
        marker, hidden = math.exp(draw.gauss(1, 0.8)), draw.gauss(0, 1)
        linear = -5.2 + 0.06 * age + 0.8 * is_male + [0, 0.5, 1.1][grade] + 0.9 * hidden + 0.1 * marker
        outcome = int(draw.random() < 1 / (1 + math.exp(-linear)))
        values = [hidden + draw.gauss(0, 0.7) if place < 4 else draw.gauss(0, 1) for place in range(20)]
        table.append([f"P{number:03d}", f"S{number % 3}", outcome] + [repr(value) for value in values])
        clinic.append([
            f"P{number:03d}", "" if number % 37 == 5 else age, f"{marker:.3f}", "male" if is_male else "female",
            ["I", "II", "III"][grade] if number % 53 else ""])
    write(folder, "table.csv", table)
    write(folder, "clinic.csv", clinic)
    study(folder, "published", "{Age: number, Marker: skewed, Sex: [female, male], Grade: {ordered: [I, II, III]}}",
          "    prefixes: [rad_]\n")


def glioma(source, folder):
    """Clinical are the tumour's volume and place: the table has no age and no sex. A share of a place that nobody has less of is absent."""
    with open(source, newline="") as file:
        rows = list(csv.DictReader(file))
    clinical = [name for name in rows[0] if name.startswith("Location") or name in ("totalvol", "totalsurfarea")]
    features = [name for name in rows[0] if name not in ("subject", "site", "label") and name not in clinical]
    table = [["ID", "Site", "Outcome"] + [name.strip().replace(" ", "_") for name in features]]
    clinic = [["ID", "Volume", "Place1", "Place3", "Place6"]]
    least = {name: min(float(row[name]) for row in rows) for name in clinical}
    for row in rows:
        table.append([row["subject"], row["site"], int(float(row["label"]))] + [row[name] for name in features])
        clinic.append([row["subject"], row["totalvol"], row["Location 1"]] + [
            "absent" if float(row[f"Location {place}"]) == least[f"Location {place}"] else "present" for place in (3, 6)])
    write(folder, "table.csv", table)
    write(folder, "clinic.csv", clinic)
    study(folder, "glioma", "{Volume: skewed, Place1: number, Place3: [absent, present], Place6: [absent, present]}")


if __name__ == "__main__":
    os.makedirs(sys.argv[-1], exist_ok=True)
    if sys.argv[1] == "synthetic":
        synthetic(sys.argv[2])
    else:
        glioma(sys.argv[2], sys.argv[3])
