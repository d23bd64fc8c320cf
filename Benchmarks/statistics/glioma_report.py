#!/usr/bin/env python3
"""The study Examples/glioma.yaml a second time, with NumPy, SciPy and R's glmnet, against its report.

usage: glioma_report.py TABLE.csv REPORT.json [PSQL-CONNECTION JOB REPLICATES]

Split, folds and resamples are drawn anew by Philox4x32-10 as Documentation/statistics.md describes; selection, LASSO and
refit share no code with the project. With a connection the first REPLICATES of the job are repeated, too.
Needs R with glmnet.
"""
import base64
import csv
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from scipy import stats

SEED = 20240607
FINAL = 0xFFFFFFFF
HERE = os.path.dirname(os.path.abspath(__file__))
RESAMPLE, FOLDS, SPLIT = 0, 1, 2


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & FINAL, (p0 >> 32) ^ c[3] ^ k[1], p0 & FINAL]
        k = [(k[0] + 0x9E3779B9) & FINAL, (k[1] + 0xBB67AE85) & FINAL]
    return c


class Stream:
    def __init__(self, purpose, replicate=0, stratum=0):
        self.address, self.k = (stratum, replicate, purpose), 0

    def below(self, n):
        w = philox((self.k >> 1, *self.address), (SEED & FINAL, SEED >> 32))
        pair = 2 * (self.k & 1)
        self.k += 1
        return ((w[pair] | w[pair + 1] << 32) * n) >> 64

    def shuffled(self, values):
        values = list(values)
        for last in range(len(values) - 1, 0, -1):
            other = self.below(last + 1)
            values[last], values[other] = values[other], values[last]
        return values


def strata(rows, sites, y):
    return [[r for r in rows if y[r] == o and sites[r] == s] for o in (0, 1) for s in sorted(set(sites))]


def split(sites, y, share):
    groups = strata(range(len(y)), sites, y)
    assert all(len(g) > 1 for g in groups)
    exact = [share * len(g) for g in groups]
    quota = [int(e) for e in exact]
    missing = round(share * len(y)) - sum(quota)
    for s in sorted(range(len(groups)), key=lambda s: quota[s] - exact[s])[:missing]:
        quota[s] += 1
    test = set()
    for s, group in enumerate(groups):
        test |= set(Stream(SPLIT, stratum=s).shuffled(group)[: quota[s]])
    return [r for r in range(len(y)) if r not in test], sorted(test)


def folds(rows, y, count, replicate):
    fold, dealt = {}, 0
    unique = sorted(set(rows))
    count = min(count, *(sum(y[r] == o for r in unique) for o in (0, 1)))
    for o in (0, 1):
        for r in Stream(FOLDS, replicate, o).shuffled([r for r in unique if y[r] == o]):
            fold[r] = dealt % count
            dealt += 1
    return [fold[r] for r in rows]


def auc(score, y):
    ranks = stats.rankdata(score)
    n1 = int(np.sum(y))
    return (ranks[y == 1].sum() - n1 * (n1 + 1) / 2) / (n1 * (len(y) - n1))


def nearly_constant(x):
    counts = sorted(np.unique(x, return_counts=True)[1], reverse=True)
    return len(counts) < 2 or (counts[0] / counts[1] > 19 and 100 * len(counts) / len(x) <= 10)


def mann_whitney(x, y):
    tied = len(np.unique(x)) < len(x)
    exact = not tied and y.sum() < 50 and len(y) - y.sum() < 50
    return stats.mannwhitneyu(x[y == 1], x[y == 0], method="exact" if exact else "asymptotic").pvalue


def prune(x, p, names):
    ranks = np.apply_along_axis(stats.rankdata, 0, x)
    r = np.abs(np.corrcoef(ranks, rowvar=False)) if x.shape[1] > 1 else np.ones((1, 1))
    kept = []
    for j in sorted(range(len(p)), key=lambda j: (p[j], names[j].encode())):
        if all(r[j, k] <= 0.9 for k in kept):
            kept.append(j)
    return sorted(kept)


def lasso(x, y, fold, names):
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        columns = [f"f{j}" for j in range(len(names))]
        np.savetxt(file, np.column_stack([np.array(fold) + 1, y, x]), delimiter=",", fmt="%.17g",
                   header=",".join(["fold", "y"] + columns), comments="")
        file.flush()
        out = subprocess.run(["Rscript", f"{HERE}/cv_lasso.R", file.name], check=True, capture_output=True, text=True)
    lines = out.stdout.split()
    return float(lines[0]), [int(c[1:]) for c in lines[1:]]


def ridge(z, y):
    design, penalty = np.column_stack([np.ones(len(y)), z]), np.diag([0.0] + [1.0] * z.shape[1])
    beta = np.zeros(design.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-design @ beta))
        step = np.linalg.solve(design.T @ (design * (p * (1 - p))[:, None]) + penalty, design.T @ (y - p) - penalty @ beta)
        beta += step
        if np.abs(step).max() < 1e-13:
            break
    return beta


def fit(x, y, rows, names, replicate):
    """Names, lambda, coefficients and the scores of any rows."""
    t, ty = x[rows], y[rows]
    usable = [j for j in range(x.shape[1]) if not nearly_constant(t[:, j])]
    p = {j: mann_whitney(t[:, j], ty) for j in usable}
    kept = [j for j in usable if p[j] < 0.05]
    if not kept:
        return [], None, None, np.zeros(len(y))
    kept = [kept[j] for j in prune(t[:, kept], [p[j] for j in kept], [names[j] for j in kept])]
    lam, chosen = lasso(t[:, kept], ty, folds(rows, y, 10, replicate), [names[j] for j in kept])
    kept = [kept[j] for j in chosen]
    if not kept:
        return [], lam, None, np.zeros(len(y))
    mean, sd = t[:, kept].mean(0), t[:, kept].std(0, ddof=1)
    beta = ridge((t[:, kept] - mean) / sd, ty)
    return [names[j] for j in kept], lam, beta, beta[0] + (x[:, kept] - mean) / sd @ beta[1:]


def report_line(what, mine, theirs):
    same = mine == theirs if isinstance(mine, (list, int)) else abs(mine - theirs) <= 1e-6 * max(1, abs(theirs))
    print(f"{what:34} {'agrees' if same else 'DIFFERS'}  {mine if not isinstance(mine, list) else len(mine)}"
          + ("" if same else f"  report: {theirs}"))
    return same


def check_final(x, y, names, training, test, report):
    model = report["models"][0]
    features, lam, beta, score = fit(x, y, training, names, FINAL)
    aucs = {m["cohort"]: m["estimate"] for m in model["metrics"] if m["name"] == "auc" and m["method"] == "DeLong"}
    theirs = [f["coefficient"] for f in model["features"]]
    same = [
        report_line("features", features, [f["name"] for f in model["features"]]),
        report_line("lambda.min", lam, model["lasso_lambda"]),
        report_line("intercept", beta[0], model["intercept"]),
        report_line("largest difference of coefficients", max(map(abs, beta[1:] - np.array(theirs)), default=0.0), 0.0),
        report_line("AUC, training", auc(score[training], y[training]), aucs["training"]),
        report_line("AUC, test", auc(score[test], y[test]), aucs["test"]),
    ]
    return all(same)


def check_replicates(x, y, names, training, sites, connection, job, count):
    agreeing = 0
    for b in range(count):
        body = subprocess.run(
            ["psql", connection, "-Atc", f"SELECT convert_from(body, 'UTF8') FROM trabecula.replicate WHERE job_id = {job} AND replicate = {b}"],
            check=True, capture_output=True, text=True).stdout
        model = json.loads(body)["models"][0]
        bits = base64.b64decode(model["features"])
        theirs = [names[i] for i in range(8 * len(bits)) if bits[i // 8] >> i % 8 & 1]
        drawn = []
        for s, group in enumerate(strata(training, sites, y)):
            stream = Stream(RESAMPLE, b, s)
            drawn += [group[stream.below(len(group))] for _ in group]
        drawn.sort()
        features, lam, _, score = fit(x, y, drawn, names, b)
        out = [r for r in training if r not in set(drawn)]
        same = features == theirs and abs(auc(score[out], y[out]) - model["outOfBag"]["auc"]) < 1e-12
        agreeing += same
        if not same:
            print(f"replicate {b}: {len(features)} features, {len(theirs)} stored; lambda {lam} and {model.get('lambda')}")
    print(f"replicates: {agreeing} of {count} have the same features and out-of-bag AUC")
    return agreeing == count


def main():
    table = list(csv.reader(open(sys.argv[1])))
    rows = sorted(table[1:], key=lambda r: f"{r[1]}/{r[0]}".encode())
    names, sites = [name.strip() for name in table[0][3:]], [r[1] for r in rows]
    y = np.array([int(r[2]) for r in rows])
    x = np.array([[float(v) for v in r[3:]] for r in rows])
    training, test = split(sites, y, 1 - 0.7)
    print(f"{len(training)} training and {len(test)} test subjects, {len(names)} features")
    good = check_final(x, y, names, training, test, json.load(open(sys.argv[2])))
    if len(sys.argv) > 3:
        good &= check_replicates(x, y, names, training, sites, sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    sys.exit(0 if good else 1)


main()
