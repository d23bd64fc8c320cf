/// Headings and captions of the figures.
enum FigureText {
  static func heading(of figure: Figure) -> String {
    switch figure.name {
    case "roc": "ROC curves"
    case "precision-recall": "Precision-recall curves"
    case "calibration": "Calibration"
    case "decision": "Decision curves"
    case "scores": "Scores by outcome"
    case "forest": "AUC by site"
    case "confusion": "Confusion matrices"
    case "lasso-path": "LASSO paths"
    case "lasso-cv": "Choice of the LASSO penalty"
    case "nomogram": "Nomogram"
    case "roc-at-time": "Time-dependent ROC curves"
    case "calibration-at-time": "Calibration at a horizon"
    case _ where figure.name.hasPrefix("kaplan-meier"): "Kaplan-Meier curves by group of risk"
    default: "Selection frequencies"
    }
  }

  static func caption(of figure: Figure) -> String {
    switch figure.name {
    case "roc":
      "Receiver operating characteristic of each model, with the AUC and its 95 % confidence interval. The "
        + "dashed diagonal is chance."
    case "precision-recall":
      "Positive predictive value over sensitivity, with the average precision and its 95 % confidence interval. "
        + "The dashed line is the share of cases with the outcome."
    case "calibration":
      "Observed over predicted outcome: smoothed by locally weighted lines, and in the groups of the "
        + "Hosmer-Lemeshow test (dots). On the dashed diagonal predicted and observed agree."
    case "decision":
      "Net benefit of treating the cases that a model calls positive, beside treating all and treating "
        + "none, with pointwise 95 % intervals. A model is of use only at threshold probabilities at which its "
        + "curve lies above both."
    case "scores": "Each dot is a case; boxes are quartiles, the thick line is the median."
    default: otherCaption(of: figure)
    }
  }

  private static func otherCaption(of figure: Figure) -> String {
    switch figure.name {
    case "forest":
      "AUC at each site (cases in parentheses) with 95 % confidence intervals; the diamond is the pooled AUC of "
        + "the random-effects model (REML, modified Hartung-Knapp), the last line where a new site’s AUC is expected."
    case "confusion":
      "Cases by outcome (rows) and by call at the cut-off (columns), with the share of each row."
    case "lasso-path":
      "Coefficients, over the penalty, of the features that the penalty used keeps; the six largest have names. Fitted on "
        + "the training part."
    case "nomogram":
      "Read each predictor's points on the ruler at the top; their total, on the scale below, has the probability of the "
        + "outcome beneath it."
    case "roc-at-time":
      "Who has had the event by the last horizon against who has not, those observed for less stood for by others, with the area and "
        + "its 95 % confidence interval. The dashed diagonal is chance."
    case "calibration-at-time":
      "Predicted risk by the last horizon, and that observed by Kaplan and Meier, in groups of risk, with 95 % confidence intervals. On "
        + "the dashed diagonal predictions are right."
    case _ where figure.name.hasPrefix("kaplan-meier"):
      "Survival of patients above (high) and below the median risk of the training part, with pointwise 95 % confidence intervals; dots "
        + "mark observations that ended. Beneath: how many are observed until just before a time."
    case "lasso-cv":
      "Mean deviance over the left-out folds of the training part, plus and minus one standard error."
    default:
      "Share of bootstrap replicates that chose a feature, the twelve chosen most often. Full colour marks "
        + "the features of the final equation."
    }
  }
}
