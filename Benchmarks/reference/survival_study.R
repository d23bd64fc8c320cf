# Writes survival_study.json: what R's survival and glmnet make of the table and the split of Examples/survival.yaml, for
# Tests/EndToEndTests/SurvivalStudyTests.swift.
#
# Usage: coordinator synthesize cohort --survival --subjects 240 --sites 3 --seed 20240607
#        coordinator local survival.yaml --out report
#        Rscript survival_study.R cohort/survival.csv report > survival_study.json
#
# Of the report it takes who is in which part, which features each model chose and the lambda of the LASSO; everything else is
# computed here: coefficients by coxph and glmnet, C by concordance, curves by survfit, the log-rank test by survdiff, and, by their
# formulas, Uno's C, the AUC at a time and the Brier score with weights of the training part.
#
# Needs R 4.2 with survival 3.5, glmnet 4.1 and jsonlite.

suppressPackageStartupMessages({
  library(survival)
  library(glmnet)
  library(jsonlite)
})

arguments <- commandArgs(trailingOnly = TRUE)
table <- read.csv(arguments[1], check.names = FALSE)
predictions <- read.csv(file.path(arguments[2], "predictions.csv"), check.names = FALSE)
report <- fromJSON(file.path(arguments[2], "report.json"), simplifyDataFrame = FALSE)
horizons <- unlist(report$survival$horizons)
own <- predictions[predictions$Model == report$models[[1]]$name, ]
part <- own$Split[match(table$ID, own$ID)]
training <- part == "training"
test <- part == "test"
y <- Surv(table$MONTHS, table$DEAD)

# Share still observed until just before a time, in the training part.
# Whoever had the event at the time of a censoring was no longer at risk of being censored, as in survival's concordance.
ends <- survfit(Surv(table$MONTHS[training] - 1e-6 * table$DEAD[training], 1 - table$DEAD[training]) ~ 1)
observed_before <- function(t) {
  earlier <- which(ends$time < t)
  if (length(earlier) == 0) 1 else ends$surv[max(earlier)]
}
observed <- function(t) {
  earlier <- which(ends$time <= t)
  if (length(earlier) == 0) 1 else ends$surv[max(earlier)]
}

judged <- function(rows, lp, risks, cut) {
  time <- table$MONTHS[rows]
  event <- table$DEAD[rows]
  now <- Surv(time, event)
  n <- length(time)
  last <- max(horizons)
  weights <- sapply(time, observed_before)
  won <- total <- 0
  for (i in seq_len(n)) {
    if (event[i] == 0 || time[i] > last) next
    w <- 1 / weights[i]^2
    for (j in seq_len(n)) {
      if (j == i) next
      if (time[j] > time[i] || (time[j] == time[i] && event[j] == 0)) {
        total <- total + w
        won <- won + w * (if (lp[i] > lp[j]) 1 else if (lp[i] == lp[j]) 0.5 else 0)
      }
    }
  }
  area <- sapply(horizons, function(h) {
    cases <- which(event == 1 & time <= h)
    controls <- which(time > h)
    w <- 1 / weights[cases]
    sum(sapply(seq_along(cases), function(k) {
      w[k] * mean((lp[cases[k]] > lp[controls]) + 0.5 * (lp[cases[k]] == lp[controls]))
    })) / sum(w)
  })
  brier <- sapply(seq_along(horizons), function(k) {
    h <- horizons[k]
    risk <- risks[, k]
    sum(ifelse(time > h, risk^2 / observed(h), ifelse(event == 1, (1 - risk)^2 / weights, 0))) / n
  })
  oe <- sapply(seq_along(horizons), function(k) {
    curve <- survfit(now ~ 1)
    (1 - summary(curve, times = horizons[k], extend = TRUE)$surv) / mean(risks[, k])
  })
  group <- as.numeric(lp >= cut)
  difference <- survdiff(now ~ group)
  curves <- lapply(0:1, function(g) {
    fit <- survfit(Surv(time[group == g], event[group == g]) ~ 1)
    at <- summary(fit, times = horizons, extend = TRUE)
    list(
      cases = sum(group == g), events = sum(event[group == g]), survival = at$surv, atRisk = at$n.risk,
      median = unname(summary(fit)$table["median"]))
  })
  ratio <- coxph(now ~ group)
  list(
    harrell = unname(concordance(now ~ lp, reverse = TRUE)$concordance), uno = won / total, area = area,
    brier = brier, observedOverExpected = oe, slope = unname(coef(coxph(now ~ lp))),
    logRank = difference$chisq, hazardRatio = unname(exp(coef(ratio))), groups = curves)
}

model <- function(entry) {
  names <- sapply(entry$features, function(f) f$name)
  x <- as.matrix(table[, names, drop = FALSE])
  z <- scale(x, colMeans(x[training, , drop = FALSE]), apply(x[training, , drop = FALSE], 2, sd))
  if (entry$refit$method == "none") {
    fit <- coxph(y[training] ~ z[training, ], ties = "efron", control = coxph.control(eps = 1e-13, iter.max = 50, toler.chol = 1e-14))
    coefficients <- unname(coef(fit))
    ties <- "efron"
  } else {
    fit <- glmnet(
      z[training, ], y[training], family = "cox", lambda = entry$lasso_lambda, standardize = TRUE,
      thresh = 1e-20, maxit = 1e7)
    coefficients <- unname(as.numeric(coef(fit)))
    ties <- "breslow"
  }
  lp <- as.numeric(z %*% coefficients)
  offset_fit <- coxph(y[training] ~ offset(lp[training]), ties = ties)
  base <- survfit(offset_fit, newdata = data.frame(lp = 0), se.fit = FALSE)
  # By hand: the hazard at a linear predictor of 0.
  hazard <- basehaz(offset_fit, centered = FALSE)
  at <- sapply(horizons, function(h) {
    earlier <- which(hazard$time <= h)
    if (length(earlier) == 0) 0 else hazard$hazard[max(earlier)]
  })
  risks <- sapply(at, function(H) 1 - exp(-H * exp(lp)))
  cut <- median(lp[training])
  list(
    name = entry$name, coefficients = coefficients, baselineSurvival = exp(-at), cut = cut,
    training = judged(training, lp[training], risks[training, ], cut),
    test = judged(test, lp[test], risks[test, ], cut))
}

cat(toJSON(
  list(
    generator = paste(R.version.string, "survival", packageVersion("survival"), "glmnet", packageVersion("glmnet")),
    horizons = horizons, training = sum(training), test = sum(test), models = lapply(report$models, model)),
  auto_unbox = TRUE, digits = 17, pretty = TRUE), "\n")
