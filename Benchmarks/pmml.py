"""Scores an exported PMML model with pypmml (the PMML4S engine, Java 8 or newer) and compares with Trabecula.

Usage: pmml.py MODEL.pmml MODEL_NAME FEATURES.csv PREDICTIONS.csv   (from `coordinator export`)
Needs: pip install pypmml
"""

import csv
import sys

from pypmml import Model


def main(model_path, name, features_path, predictions_path):
    model = Model.load(model_path)
    with open(features_path, newline="") as file:
        rows = {row["ID"]: row for row in csv.DictReader(file)}
    with open(predictions_path, newline="") as file:
        expected = {r["ID"]: float(r["Probability"]) for r in csv.DictReader(file) if r["Model"] == name}
    worst = 0.0
    for case, probability in expected.items():
        record = {field: float(rows[case][field]) for field in model.inputNames}
        scored = model.predict(record)
        worst = max(worst, abs(float(scored["probability_1"]) - probability))
        total = float(scored["probability_0"]) + float(scored["probability_1"])
        assert abs(total - 1) < 1e-12, f"{case}: probabilities add up to {total}"
    print(f"{name}: {len(expected)} cases scored by PMML4S, largest difference {worst:.3g}")
    if worst > 1e-12 or not expected:
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
