"""Table 1 of a report against tableone of PyPI.

    tables.py REPORT.JSON TABLE CLINIC COUNTS

COUNTS gets a line `Table 1, tableone<TAB>EQUAL<TAB>ALL<TAB>TOLERANCE` more. tableone has the test of Kruskal and Wallis for a skewed number in
two groups, where the report has Mann and Whitney's, and no exact test for more than two levels: those p-values are compared in R alone.
"""
import csv
import json
import sys
import warnings

import pandas
from tableone import TableOne

warnings.filterwarnings("ignore")
TOLERANCE = 1e-8
report_file, features_file, clinic_file, counts_file = sys.argv[1:]
with open(report_file) as file:
    report = json.load(file)
with open(report_file.replace("report.json", "predictions.csv")) as file:
    part = {row["ID"]: row["Split"] for row in csv.DictReader(file)}
features = pandas.read_csv(features_file, dtype={"ID": str, "Site": str})[["ID", "Site", "Outcome"]]
data = features.merge(pandas.read_csv(clinic_file, dtype={"ID": str}), on="ID", how="left")
data["part"] = data["ID"].map(part)
data["outcome"] = "outcome " + data["Outcome"].astype(str)
columns = report["clinical"]["columns"]
names = [column["name"] for column in columns]
levels = {column["name"]: column["levels"] for column in columns if column["levels"]}
skewed = [column["name"] for column in columns if column["kind"] == "skewed number"]
equal = compared = 0


def check(label, value, expected):
    global equal, compared
    compared += 1
    if abs(value - expected) <= TOLERANCE * max(1, abs(expected)):
        equal += 1
    else:
        print(f"  DIFFERS tableone, {label}: {value} here, {expected} expected")


for block in report["clinical"]["characteristics"]:
    rows = data if block["part"] == "all" else data[data["part"] == block["part"]]
    by = {"outcome": "outcome", "site": "Site", "part": "part"}[block["by"]]
    groups = block["table"]["groups"]
    peer = TableOne(
        rows, columns=names, categorical=list(levels), groupby=by, nonnormal=skewed, pval=True, smd=True,
        htest_name=True, include_null=False, order={by: groups, **levels})
    for row in block["table"]["rows"]:
        name = row["variable"]["name"]
        label = f"{block['by']} of {block['part']}, {name}"
        for group, told in zip(groups, row["groups"]):
            if name in levels:
                counts = peer.cat_describe["freq"][group]
                for level, count in zip(levels[name], told["levels"]):
                    check(f"{label} {level}", count, counts.get((name, level), 0))
            else:
                there = peer.cont_describe
                for mine, its in (("count", "count"), ("mean", "mean"), ("median", "median"), ("sd", "std"),
                                  ("lower_quartile", "q25"), ("upper_quartile", "q75")):
                    check(f"{label} {mine}", told[mine], float(there[its][group][name]))
        test = str(peer.htest_table["Test"][name])
        name_of_test = (row.get("test") or {}).get("name")
        same = {"Welch's t": "Welch", "one-way ANOVA": "ANOVA", "Kruskal-Wallis": "Kruskal", "chi-squared": "Chi-squared",
                "Fisher's exact": "Fisher"}.get(name_of_test)
        if same and same in test and "warning" not in test:
            check(f"{label} p", row["test"]["p"], float(peer.htest_table["P-Value"][name]))
        for told in row["differences"]:
            pair = (told["first"], told["second"])
            both = [f"SMD ({a},{b})" for a, b in (pair, pair[::-1])]
            column = next(name for name in both if name in peer.smd_table)
            # tableone takes the groups the one way or the other.
            check(f"{label} SMD", abs(told["value"]), abs(float(peer.smd_table[column][name])))

with open(counts_file, "a") as file:
    file.write(f"Table 1, tableone\t{equal}\t{compared}\t{TOLERANCE}\n")
