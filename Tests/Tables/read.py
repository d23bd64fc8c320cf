"""Reads the exported tables as people do, checks them, and writes what read.R must find, too."""
import csv
import math
import re

import pandas as pd

features = pd.read_csv("features.csv")
assert list(features.columns[:4]) == ["ID", "Site", "Outcome", "Split"], list(features.columns[:6])
assert len(features) == 24 and features["ID"].is_unique
# One outcome is unknown: that case is in no part; all others are.
assert features["Outcome"].isna().sum() == 1
assert set(features["Split"].dropna()) == {"training", "test"} and features["Split"].isna().sum() == 1
# Rows are in the order of the study, not of the manifest.
manifest = pd.read_csv("cohort/notes.csv")
row = features.set_index("ID").loc[list(manifest["ID"])]
assert row["Note"].iloc[0] == 'left, "new"', row["Note"].iloc[0]
# What a spreadsheet would calculate stands behind an apostrophe.
assert row["Note"].iloc[1] == "'=1+1", row["Note"].iloc[1]
names = [name for name in features.columns if "_" in name and not name.startswith("diagnostics_")]
assert all(pd.api.types.is_numeric_dtype(features[name]) for name in names) and len(names) == 14 + 9 * (18 + 24)

# In the order of PyRadiomics: that of `worker extract`, whose other columns are diagnostics.
with open("one.csv", newline="") as file:
    header = next(csv.reader(file))
own = [name for name in header if name in set(names)]
assert own == names, "other order"
one = pd.read_csv("one.csv")
assert (one[names].iloc[0] == row.loc["SYN-001", names]).all()

# PyRadiomics itself: shape first, then image by image; classes in its order, features of a class by name, but for one.
images = list(dict.fromkeys(name.split("_")[0] for name in names))
bands = ("LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH", "LLL")
assert images == ["original"] + ["wavelet-" + band for band in bands], images
for image in images:
    classes = list(dict.fromkeys(name.split("_")[1] for name in names if name.split("_")[0] == image))
    assert classes == (["shape"] if image == "original" else []) + ["firstorder", "glcm"], classes
    for kind in classes:
        members = [name for name in names if name.startswith(f"{image}_{kind}_")]
        # MeanAbsoluteDeviation comes before Mean.
        assert members == sorted(members, key=lambda name: re.sub("Mean$", "MeanB", name)), members

# Stata: 1 to 32 letters, digits and underscores, no digit first, each once; at most 32,767 variables.
stata = pd.read_csv("stata.csv")
assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,31}", name) for name in stata.columns)
assert stata.columns.is_unique and len(stata.columns) == len(features.columns) <= 32767
key = pd.read_csv("stata.names.csv")
assert list(key["Variable"]) == list(stata.columns) and list(key["Name"]) == list(features.columns)
assert (stata.to_numpy()[:, -1] == features.to_numpy()[:, -1]).all()

predictions = pd.read_csv("predictions.csv")
parts = predictions.drop_duplicates("ID").set_index("ID")["Split"]
known = features.dropna(subset=["Split"]).set_index("ID")["Split"]
assert known.to_dict() == parts.to_dict()
metrics = pd.read_csv("metrics.csv")
assert "auc" in set(metrics["Metric"]) and metrics["Estimate"].dtype == float
failures = pd.read_csv("failures.csv")
assert list(failures["Code"]) == ["outcome-unknown"]

with open("pandas.txt", "w") as file:
    for name in names:
        file.write(f"{name} {math.fsum(features[name].dropna()):.10e}\n")
print(f"pandas {pd.__version__}: {len(features)} rows, {len(names)} features")
