"""Writes survival_peers.json: what lifelines and scikit-survival make of generated rows, for
Tests/StatisticsTests/SurvivalReferenceTests.swift.

Usage: python survival.py > survival_peers.json

Needs Python 3.11 with lifelines 0.30 and scikit-survival 0.28. Rows are those of survival.R.
"""

import json
import warnings

import numpy as np
import pandas
from lifelines import CoxPHFitter, KaplanMeierFitter
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.metrics import (
    brier_score, concordance_index_censored, concordance_index_ipcw, cumulative_dynamic_auc, integrated_brier_score)
from sksurv.util import Surv


def generated(rows, columns, seed, whole):
    state = seed

    def uniform():
        nonlocal state
        state = state * 16807 % 2147483647
        return state / 2147483647

    x, times, events = np.zeros((rows, columns)), [], []
    for i in range(rows):
        for j in range(columns):
            a, b, c = uniform(), uniform(), uniform()
            x[i, j] = a + b + c - 1.5
        until = 60 * uniform() / (1 + max(0, 1 + 1.5 * x[i, 0] - x[i, 1]))
        end = 45 * uniform()
        if whole:
            until, end = np.floor(until) + 1, np.floor(end) + 1
        times.append(min(until, end))
        events.append(until <= end)
    return x, np.array(times), np.array(events)


def main():
    warnings.simplefilter("ignore")
    # Rows 1 to 80 train, the others test; without ties, in which the two libraries follow other conventions.
    x, times, events = generated(120, 4, 7, False)
    train, test = np.arange(80), np.arange(80, 120)
    outcome = Surv.from_arrays(events, times)
    model = CoxPHSurvivalAnalysis(ties="efron", tol=1e-13).fit(x[train], outcome[train])
    risk = model.predict(x[test])
    # Inside both parts' times.
    at = [5.0, 10.0, 15.0, 20.0]
    survival = np.array([[curve(t) for t in at] for curve in model.predict_survival_function(x[test])])
    ipcw = concordance_index_ipcw(outcome[train], outcome[test], risk, tau=20.0)
    areas, mean = cumulative_dynamic_auc(outcome[train], outcome[test], risk, at)
    frame = pandas.DataFrame(x[train], columns=list("abcd")).assign(t=times[train], e=events[train])
    cox = CoxPHFitter(baseline_estimation_method="breslow").fit(frame, "t", "e", fit_options={"precision": 1e-12})
    curve = KaplanMeierFitter().fit(times[train], events[train])
    print(json.dumps({
        "at": at, "coefficients": model.coef_.tolist(), "survival": survival[:5].tolist(),
        "harrell": concordance_index_censored(events[test], times[test], risk)[0], "uno": ipcw[0],
        "areas": areas.tolist(),
        "brier": brier_score(outcome[train], outcome[test], survival, at)[1].tolist(),
        "integrated": integrated_brier_score(outcome[train], outcome[test], survival, at),
        "lifelines": {
            "coefficients": cox.params_.tolist(), "errors": cox.standard_errors_.tolist(),
            "logLikelihood": cox.log_likelihood_, "concordance": cox.concordance_index_,
            "kaplanMeier": curve.survival_function_at_times(at).tolist(),
            "lower": curve.confidence_interval_.iloc[:, 0].loc[[max(i for i in curve.timeline if i <= t) for t in at]].tolist(),
        }}))


main()
