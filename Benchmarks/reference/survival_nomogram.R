# Writes survival_nomogram.json, what R's rms makes of the patients in survival_clinical.csv: a Cox model (cph) of two features with all
# clinical columns, its nomogram with risks at two times, and the risk of some patients with its interval (survest), for
# Tests/StatisticsTests/Survival/HazardNomogramTests.swift.
#
# Usage: Rscript survival_nomogram.R survival_clinical.csv > survival_nomogram.json
#
# Missing ages take the median. Needs R 4.2 with survival 3.5, rms 6.5 and jsonlite.

suppressPackageStartupMessages({
  library(rms)
  library(jsonlite)
})

patients <- read.csv(commandArgs(trailingOnly = TRUE)[1])
patients$Age[is.na(patients$Age)] <- median(patients$Age, na.rm = TRUE)
patients$Sex <- factor(patients$Sex, levels = c("female", "male"))
patients$Stage <- factor(patients$Stage, levels = c("I", "II", "III"))
# Limits of the scales: all values that were seen.
described <- datadist(patients, q.display = c(0, 1))
options(datadist = "described")
times <- c(12, 24)
fit <- cph(
  Surv(Time, Event) ~ Age + Sex + Stage + X1 + X2, patients, method = "efron", x = TRUE, y = TRUE, surv = TRUE, time.inc = 12,
  eps = 1e-12, iter.max = 50)
survival <- Survival(fit)
marked <- c(.01, .05, seq(.1, .9, .1), .95, .99)
drawn <- nomogram(
  fit, fun = lapply(times, function(time) { force(time); function(x) 1 - survival(time, x) }),
  funlabel = paste0("risk", times), fun.at = marked)
scale <- function(name) list(values = as.character(drawn[[name]][[name]]), points = unname(drawn[[name]]$points))
new <- c(1, 50, 120)
found <- survest(fit, newdata = patients[new, ], times = times, conf.int = 0.95, conf.type = "log-log")
cat(toJSON(
  list(
    generator = paste(R.version.string, "rms", packageVersion("rms"), "survival", packageVersion("survival")),
    coefficients = unname(coef(fit)), center = unname(fit$center), covariance = unname(vcov(fit)),
    observed = range(fit$linear.predictors), scales = lapply(c("Age", "Sex", "Stage", "X1", "X2"), scale),
    total = drawn$total.points$x, predictor = list(values = drawn$lp$x.real, points = drawn$lp$x),
    risks = lapply(paste0("risk", times), function(name) list(values = drawn[[name]]$fat, points = drawn[[name]]$x)),
    patients = new - 1, predictors = unname(fit$linear.predictors[new]),
    risk = unname(1 - found$surv), lower = unname(1 - found$upper), upper = unname(1 - found$lower)),
  auto_unbox = TRUE, digits = 17, pretty = TRUE), "\n")
