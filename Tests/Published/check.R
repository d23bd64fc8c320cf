# Every number of a report against R: pROC, rms, Hmisc, glmnet, metafor and stats. Resampled intervals have random numbers of their own and
# are counted apart.
#
#   Rscript check.R FOLDER TABLE CLINIC COUNTS
#
# FOLDER holds report.json and predictions.csv; TABLE the features, columns ID, Site, Outcome first; CLINIC the clinical columns.
# COUNTS takes a line `SECTION<TAB>EQUAL<TAB>ALL<TAB>TOLERANCE` for each section.
suppressMessages({library(jsonlite); library(pROC); library(rms); library(glmnet); library(metafor)})
arguments <- commandArgs(TRUE)
report <- fromJSON(file.path(arguments[1], "report.json"), simplifyVector = FALSE)
predictions <- read.csv(file.path(arguments[1], "predictions.csv"), check.names = FALSE, colClasses = c(ID = "character"))
features <- read.csv(arguments[2], check.names = FALSE, colClasses = c(ID = "character"))
clinic <- read.csv(arguments[3], check.names = FALSE, colClasses = c(ID = "character"), na.strings = "")

tally <- new.env()
check <- function(section, label, value, expected, tolerance) {
  none <- function(x) is.null(x) || length(x) == 0 || is.na(x)
  equal <- if (none(value) || none(expected)) none(value) && none(expected)
    else if (is.character(value)) identical(value, expected)
    else abs(value - expected) <= tolerance * max(1, abs(expected))
  if (!equal) cat(sprintf("  DIFFERS %s, %s: %s here, %s expected\n", section, label, format(value, digits = 12),
    format(expected, digits = 12)))
  old <- if (exists(section, tally)) get(section, tally) else c(0, 0, 0)
  assign(section, c(old[1] + equal, old[2] + 1, max(old[3], tolerance)), tally)
}
resampled <- 0
holds <- function(value, name) !is.null(value[[name]])

# The cohort in the order of the table of features: outcome, site and part of each subject.
one <- predictions[!duplicated(predictions$ID), ]
cohort <- one[match(features$ID, one$ID), ]
stopifnot(!anyNA(cohort$Outcome), all(cohort$Outcome == features$Outcome))
columns <- list()
for (column in report$clinical$columns) {
  values <- clinic[[column$name]][match(features$ID, clinic$ID)]
  columns[[column$name]] <-
    if (length(column$levels)) factor(values, unlist(column$levels)) else as.numeric(values)
}
columns <- as.data.frame(columns, check.names = FALSE)
kinds <- sapply(report$clinical$columns, `[[`, "kind")
training <- cohort$Split == "training"

## Table 1
difference <- function(x, g, a, b) {
  if (!is.factor(x)) {
    p <- x[which(g == a & !is.na(x))]; q <- x[which(g == b & !is.na(x))]
    return((mean(q) - mean(p)) / sqrt((var(p) + var(q)) / 2))
  }
  p <- prop.table(table(x[which(g == a)])); q <- prop.table(table(x[which(g == b)]))
  used <- which(p + q > 0)[-1]
  d <- as.numeric(q - p)[used]
  covariance <- function(p) diag(p, length(p)) - outer(p, p)
  sqrt(as.numeric(d %*% solve((covariance(as.numeric(p)[used]) + covariance(as.numeric(q)[used])) / 2) %*% d))
}
for (block in report$clinical$characteristics) {
  group <- switch(block$by,
    outcome = paste("outcome", cohort$Outcome), site = cohort$Site, part = cohort$Split)
  used <- block$part == "all" | cohort$Split == block$part
  names <- unlist(block$table$groups)
  group <- factor(ifelse(used, group, NA), names)
  what <- paste("Table 1 by", block$by, "of", block$part)
  for (g in seq_along(names)) check("Table 1", what, block$table$sizes[[g]], sum(group == names[g], na.rm = TRUE), 0)
  for (place in seq_along(block$table$rows)) {
    row <- block$table$rows[[place]]
    x <- columns[[row$variable$name]]
    summarised <- function(told, x) {
      label <- paste(what, row$variable$name)
      check("Table 1", label, told$count, sum(!is.na(x)), 0)
      check("Table 1", label, told$missing, sum(is.na(x)), 0)
      if (is.factor(x)) {
        for (l in seq_along(levels(x))) check("Table 1", label, told$levels[[l]], sum(x == levels(x)[l], na.rm = TRUE), 0)
      } else {
        q <- quantile(x, c(.25, .5, .75), na.rm = TRUE)
        expected <- c(mean(x, na.rm = TRUE), sd(x, na.rm = TRUE), q[2], q[1], q[3])
        for (k in 1:5) check("Table 1", paste(label, k), told[[c("mean", "sd", "median", "lower_quartile", "upper_quartile")[k]]],
          expected[[k]], 1e-10)
      }
    }
    summarised(row$overall, x[!is.na(group)])
    for (g in seq_along(names)) summarised(row$groups[[g]], x[!is.na(group) & group == names[g]])
    p <- if (kinds[place] == "number") {
      if (length(names) == 2) t.test(x ~ group)$p.value else oneway.test(x ~ group, var.equal = TRUE)$p.value
    } else if (kinds[place] == "skewed number") {
      if (length(names) == 2) suppressWarnings(wilcox.test(x ~ group))$p.value else kruskal.test(x ~ group)$p.value
    } else {
      counts <- table(droplevels(x), group)
      expected <- suppressWarnings(chisq.test(counts))
      if (min(expected$expected) < 5) fisher.test(counts, workspace = 2e7)$p.value else expected$p.value
    }
    check("Table 1", paste(what, row$variable$name, "p"), row$test$p, p, 1e-8)
    for (d in row$differences) check("Table 1", paste(what, row$variable$name, d$first, d$second), d$value,
      difference(x, group, d$first, d$second), 1e-8)
  }
}

## Odds ratios
odds <- function(rows, formula_names, section) {
  used <- training & complete.cases(columns[formula_names])
  data <- cbind(columns[formula_names], y = cohort$Outcome)[used, ]
  fit <- glm(reformulate(sprintf("`%s`", formula_names), "y"), binomial, data, control = glm.control(epsilon = 1e-14, maxit = 100))
  estimates <- coef(summary(fit)); profile <- suppressMessages(confint(fit)); profile <- matrix(profile, ncol = 2, dimnames = dimnames(profile))
  tests <- drop1(fit, test = "LRT")
  for (row in rows) {
    name <- if (is.null(row$level)) row$variable else paste0(row$variable, row$level)
    found <- match(name, gsub("`", "", rownames(estimates)))
    e <- estimates[found, ]
    label <- paste(section, name)
    check("Odds ratios", paste(label, "coefficient"), row$coefficient, e[[1]], 1e-6)
    check("Odds ratios", paste(label, "error"), row$standard_error, e[[2]], 1e-6)
    check("Odds ratios", paste(label, "p"), row$wald_p, e[[4]], 1e-6)
    check("Odds ratios", paste(label, "ratio"), row$odds_ratio, exp(e[[1]]), 1e-6)
    check("Odds ratios", paste(label, "lower"), row$wald$lower, exp(e[[1]] - qnorm(.975) * e[[2]]), 1e-6)
    check("Odds ratios", paste(label, "upper"), row$wald$upper, exp(e[[1]] + qnorm(.975) * e[[2]]), 1e-6)
    p <- tests[match(row$variable, gsub("`", "", rownames(tests))), "Pr(>Chi)"]
    check("Odds ratios", paste(label, "likelihood ratio"), row$likelihood_ratio_p, p, 1e-6)
    check("Odds ratios", paste(label, "rows"), row$count, nrow(data), 0)
    check("Odds ratios", paste(label, "cases"), row$cases, sum(data$y), 0)
    # R interpolates the profile by a spline.
    ends <- if (nrow(estimates) == 2) profile[nrow(profile), ] else profile[found, ]
    check("Odds ratios, profile", paste(label, "lower"), row$profile$lower, exp(ends[[1]]), 2e-3)
    check("Odds ratios, profile", paste(label, "upper"), row$profile$upper, exp(ends[[2]]), 2e-3)
  }
}
for (name in names(columns)) {
  rows <- Filter(function(row) row$variable == name, report$clinical$logistic$univariable)
  if (holds(rows[[1]], "coefficient")) odds(rows, name, "univariable")
}
multivariable <- report$clinical$logistic$multivariable
if (length(multivariable)) odds(multivariable, unique(sapply(multivariable, `[[`, "variable")), "multivariable")

## Models
filled <- columns
for (name in names(filled)) {
  x <- filled[[name]]
  typical <- if (is.factor(x)) names(which.max(table(x[training]))) else median(x[training], na.rm = TRUE)
  filled[[name]][is.na(x)] <- typical
}
design <- model.matrix(~ ., filled)[, -1, drop = FALSE]
colnames(design) <- unlist(lapply(names(filled), function(name)
  if (is.factor(filled[[name]])) paste0(name, "=", levels(filled[[name]])[-1]) else name))
predicted <- function(model) {
  rows <- predictions[predictions$Model == model, ]
  rows$Probability[match(features$ID, rows$ID)]
}
models <- report$models; names(models) <- sapply(models, `[[`, "name")
inputs <- cbind(as.matrix(features[setdiff(names(features), c("ID", "Site", "Outcome"))]), design)
for (name in names(models)) inputs <- cbind(inputs, matrix(qlogis(predicted(name)), dimnames = list(NULL, paste(name, "score"))))
scaled <- function(x) { m <- mean(x[training]); s <- sd(x[training]); (x - m) / s }
for (name in names(models)) {
  model <- models[[name]]
  chosen <- sapply(model$features, `[[`, "name")
  z <- sapply(model$features, function(f) (inputs[, f$name] - f$mean) / f$sd)
  linear <- model$intercept + as.numeric(z %*% sapply(model$features, `[[`, "coefficient"))
  for (i in seq_along(linear)) check("Predictions", paste(name, features$ID[i]), predicted(name)[i], plogis(linear[i]), 1e-10)
  isScore <- grepl(" score$", chosen)
  for (f in model$features[!isScore]) {
    check("Models", paste(name, f$name, "mean"), f$mean, mean(inputs[training, f$name]), 1e-10)
    check("Models", paste(name, f$name, "sd"), f$sd, sd(inputs[training, f$name]), 1e-10)
  }
  y <- cohort$Outcome
  if (any(isScore)) next
  if (model$refit$method == "none") {
    fit <- glm.fit(cbind(1, z)[training, ], y[training], family = binomial(), control = list(epsilon = 1e-14, maxit = 100))
    expected <- fit$coefficients
  } else if (model$refit$method == "ridge") {
    X <- cbind(1, z)[training, , drop = FALSE]; b <- numeric(ncol(X)); D <- diag(c(0, rep(model$refit$lambda, ncol(z))))
    for (turn in 1:100) {
      p <- plogis(as.numeric(X %*% b))
      b <- b + as.numeric(solve(t(X) %*% (X * p * (1 - p)) + D, t(X) %*% (y[training] - p) - D %*% b))
    }
    expected <- b
  } else next
  check("Models", paste(name, "intercept"), model$intercept, expected[[1]], 1e-7)
  for (k in seq_along(chosen)) check("Models", paste(name, chosen[k]), model$features[[k]]$coefficient, expected[[k + 1]], 1e-7)
  # The steps of selection before the LASSO, and its path by glmnet.
  steps <- sapply(model$selection, `[[`, "step"); kept <- sapply(model$selection, `[[`, "kept")
  if (!("LASSO" %in% steps)) next
  candidates <- Filter(function(f) all(is.finite(features[[f]][training])) && sd(features[[f]][training]) > 0, setdiff(names(features), c("ID", "Site", "Outcome")))
  check("Models", paste(name, "usable"), kept[steps == "usable"], length(candidates), 0)
  p <- sapply(candidates, function(f) suppressWarnings(wilcox.test(features[[f]][training] ~ y[training]))$p.value)
  left <- candidates[which(p < 0.05)]
  check("Models", paste(name, "Mann-Whitney keeps"), kept[steps == "Mann-Whitney"], length(left), 0)
  left <- left[order(p[left], left, method = "radix")]
  stay <- character()
  for (f in left) if (!any(abs(cor(features[training, f], features[training, stay], method = "spearman")) > 0.9)) stay <- c(stay, f)
  check("Models", paste(name, "Spearman keeps"), kept[steps == "Spearman"], length(stay), 0)
  stay <- candidates[candidates %in% stay]
  # Down to the lambda that is used: beyond, a table that is nearly separable lets both stop before they arrive, in their own places.
  x <- apply(features[, stay], 2, scaled)[training, ]
  path <- glmnet(x, y[training], family = "binomial")
  slopes <- as.matrix(path$beta)
  for (k in 1:(model$lasso_path$chosen + 1)) {
    check("LASSO path", paste(name, "lambda", k), model$lasso_path$points[[k]]$lambda, path$lambda[k], 1e-8)
    check("LASSO path", paste(name, "features at", k), model$lasso_path$points[[k]]$features, sum(slopes[, k] != 0), 0)
    for (trace in model$lasso_path$traces) check("LASSO path", paste(name, trace$feature, k), trace$coefficients[[k]],
      slopes[match(trace$feature, rownames(slopes)), k], 1e-6)
  }
  place <- model$lasso_path$chosen + 1
  check("LASSO path", paste(name, "chosen"), paste(sort(chosen), collapse = " "),
    paste(sort(rownames(slopes)[slopes[, place] != 0]), collapse = " "), 0)
}

## Performance
wilson <- function(k, n) suppressWarnings(prop.test(k, n, correct = FALSE))$conf.int
hosmer <- function(p, y) {
  ends <- unique(quantile(p, 0:10 / 10)); group <- cut(p, ends, include.lowest = TRUE)
  o <- tapply(y, group, sum); e <- tapply(p, group, sum); n <- tapply(p, group, length)
  statistic <- sum((o - e)^2 / e + (o - e)^2 / (n - e))
  c(statistic, pchisq(statistic, nlevels(group) - 2, lower.tail = FALSE))
}
curve <- function(p, y) roc(y, p, levels = c(0, 1), direction = "<", quiet = TRUE)
expectations <- function(metric, p, y, cutoff) {
  called <- p >= cutoff
  share <- function(k, n) {
    if (n == 0) return(NULL)
    c(k / n, switch(sub(",.*", "", metric$method), Wilson = wilson(k, n), `Clopper-Pearson` = binom.test(k, n)$conf.int, c(NA, NA)))
  }
  logits <- qlogis(pmin(pmax(p, 1e-12), 1 - 1e-12)); slow <- list(epsilon = 1e-14, maxit = 200)
  tp <- sum(called & y == 1); tn <- sum(!called & y == 0); fp <- sum(called & y == 0); fn <- sum(!called & y == 1)
  # Where a score separates the outcomes no recalibration has a finite slope, and both programs would print where they stopped.
  if (grepl("^calibration_", metric$name) && (max(p[y == 0]) <= min(p[y == 1]) || max(p[y == 1]) <= min(p[y == 0])))
    return(c(NA, NA, NA))
  v <- function(b, s) c(b, b - qnorm(.975) * s, b + qnorm(.975) * s)
  n <- length(y)
  switch(metric$name,
    auc = {
      r <- curve(p, y); a <- as.numeric(auc(r)); s <- sqrt(var(r, method = "delong"))
      if (metric$method == "DeLong, logit") c(a, plogis(qlogis(a) + c(-1, 1) * qnorm(.975) * s / (a * (1 - a))))
      else if (metric$method == "DeLong") as.numeric(ci.auc(r, method = "delong"))[c(2, 1, 3)] else c(a, NA, NA)
    },
    sensitivity = share(tp, tp + fn), specificity = share(tn, tn + fp), ppv = share(tp, tp + fp), npv = share(tn, tn + fn),
    accuracy = share(tp + tn, n), f1 = c(2 * tp / (2 * tp + fp + fn), NA, NA), mcc = c(cor(called, y), NA, NA),
    brier = c(val.prob(p, y, pl = FALSE)[["Brier"]], NA, NA),
    scaled_brier = c(1 - mean((p - y)^2) / (mean(y) * (1 - mean(y))), NA, NA),
    average_precision = {
      o <- order(-p); s <- cumsum(y[o]); last <- !duplicated(p[o], fromLast = TRUE)
      c(sum(diff(c(0, s[last] / sum(y))) * (s / seq_along(s))[last]), NA, NA)
    },
    ece = {
      bin <- pmin(floor(p * 10), 9)
      c(sum(abs(tapply(p - y, bin, sum))) / n, NA, NA)
    },
    calibration_intercept = {
      f <- glm(y ~ offset(logits), family = binomial, control = slow); v(coef(f)[[1]], sqrt(vcov(f)[1]))
    },
    calibration_slope = {
      f <- glm(y ~ logits, family = binomial, control = slow); v(coef(f)[[2]], sqrt(vcov(f)[2, 2]))
    },
    observed_over_expected = { r <- sum(y) / sum(p); s <- sqrt((1 - mean(y)) / sum(y)); c(r, r * exp(c(-1, 1) * qnorm(.975) * s)) },
    hosmer_lemeshow_chi2 = c(hosmer(p, y)[1], NA, NA), hosmer_lemeshow_p = c(hosmer(p, y)[2], NA, NA),
    spiegelhalter_z = c(val.prob(p, y, pl = FALSE)[["S:z"]], NA, NA), spiegelhalter_p = c(val.prob(p, y, pl = FALSE)[["S:p"]], NA, NA),
    no_information_rate = c(max(mean(y), 1 - mean(y)), NA, NA),
    no_information_p = c(binom.test(tp + tn, n, max(mean(y), 1 - mean(y)), alternative = "greater")$p.value, NA, NA),
    NULL)
}
section <- function(name) switch(name, auc = "AUC and DeLong", sensitivity = , specificity = , ppv = , npv = , accuracy = "Sensitivity to NPV",
  calibration_intercept = , calibration_slope = , hosmer_lemeshow_chi2 = , hosmer_lemeshow_p = , brier = , scaled_brier = , ece = ,
  spiegelhalter_z = , spiegelhalter_p = , observed_over_expected = "Calibration", "Other measures")
for (name in names(models)) {
  model <- models[[name]]
  p <- predicted(name); y <- cohort$Outcome
  r <- curve(p[training], y[training])
  cut <- model$cutoff$probability
  # With other models' scores the cut-off belongs to cross-fitted scores, which a report has not.
  if (!any(grepl(" score$", sapply(model$features, `[[`, "name")))) check("Sensitivity to NPV", paste(name, "Youden"), mean(p[training & y == 1] >= cut) + mean(p[training & y == 0] < cut),
    max(r$sensitivities + r$specificities), 1e-10)
  for (metric in c(model$metrics, model$per_site)) {
    if (!(metric$cohort %in% c("training", "test"))) next
    used <- cohort$Split == metric$cohort & (is.null(metric$site) | cohort$Site == c(metric$site, "")[1])
    check(section(metric$name), paste(name, metric$name, "n"), metric$n, sum(used), 0)
    check(section(metric$name), paste(name, metric$name, "cases"), metric$positives, sum(y[used]), 0)
    expected <- suppressWarnings(tryCatch(expectations(metric, p[used], y[used], cut), error = function(e) NULL))
    if (is.null(expected)) { cat("  no expectation:", name, metric$cohort, metric$site, metric$name, metric$method, "\n"); next }
    # The standard error of the slope in R is that of the iteration before the last.
    tolerance <- if (grepl("^calibration_", metric$name)) 1e-5 else 1e-8
    label <- paste(name, metric$cohort, metric$site, metric$name, metric$method)
    check(section(metric$name), label, metric$estimate, expected[1], if (metric$name == "spiegelhalter_p") 1e-6 else 1e-8)
    if (grepl("bootstrap", metric$method)) { resampled <- resampled + 2; next }
    check(section(metric$name), paste(label, "lower"), metric$lower, expected[2], tolerance)
    check(section(metric$name), paste(label, "upper"), metric$upper, expected[3], tolerance)
  }
  for (curves in model$decision_curve) {
    used <- cohort$Split == curves$cohort; n <- sum(used)
    for (point in curves$points) {
      t <- point$threshold; call <- p[used] >= t
      check("Decision curves", paste(name, t), point$net_benefit,
        sum(call & y[used] == 1) / n - sum(call & y[used] == 0) / n * t / (1 - t), 1e-10)
      check("Decision curves", paste(name, t, "all"), point$net_benefit_all, mean(y[used]) - mean(1 - y[used]) * t / (1 - t), 1e-10)
      resampled <- resampled + 2
    }
  }
  for (curves in model$roc) {
    used <- cohort$Split == curves$cohort
    for (point in curves$points) {
      # The first point calls nobody and the last everybody.
      t <- if (!is.null(point$threshold)) point$threshold else if (identical(point, curves$points[[1]])) Inf else -Inf
      check("ROC curves", paste(name, t), point$tpr, mean(p[used & y == 1] >= t), 1e-12)
      check("ROC curves", paste(name, t), point$fpr, mean(p[used & y == 0] >= t), 1e-12)
    }
  }
  for (curves in model$calibration) {
    used <- which(cohort$Split == curves$cohort); used <- used[order(p[used])]
    n <- sapply(curves$points, `[[`, "n"); end <- cumsum(n)
    check("Calibration", paste(name, "curve"), sum(n), length(used), 0)
    for (k in seq_along(n)) {
      rows <- used[(end[k] - n[k] + 1):end[k]]
      check("Calibration", paste(name, "curve", k), curves$points[[k]]$predicted, mean(p[rows]), 1e-10)
      check("Calibration", paste(name, "curve", k), curves$points[[k]]$observed, mean(y[rows]), 1e-10)
    }
  }
  for (curves in model$calibration_smooth) {
    used <- cohort$Split == curves$cohort
    smooth <- lowess(p[used], y[used], iter = 0)
    at <- approx(smooth$x, smooth$y, sapply(curves$points, `[[`, "predicted"), ties = mean)$y
    for (k in seq_along(at)) check("Calibration", paste(name, "lowess", k), curves$points[[k]]$observed, at[k], 1e-6)
  }
}

## Comparisons
for (cohortName in c("training", "test")) for (method in unique(sapply(report$comparisons, `[[`, "method"))) {
  found <- Filter(function(c) c$cohort == cohortName && c$method == method, report$comparisons)
  if (!length(found) || grepl("bootstrap", method)) { resampled <- resampled + 4 * length(found); next }
  used <- cohort$Split == cohortName; y <- cohort$Outcome[used]
  # NRI and IDI have a p-value each and no correction.
  values <- lapply(found, function(c) {
    a <- predicted(c$first)[used]; b <- predicted(c$second)[used]
    if (c$metric == "auc") {
      ra <- curve(a, y); rb <- curve(b, y); test <- roc.test(ra, rb, paired = TRUE, method = "delong")
      s <- sqrt(var(ra) + var(rb) - 2 * cov(ra, rb)); d <- as.numeric(auc(ra) - auc(rb))
      c(d, d - qnorm(.975) * s, d + qnorm(.975) * s, test$p.value)
    } else {
      improvement <- unclass(improveProb(b, a, y))
      d <- improvement[[c$metric]]; s <- improvement[[paste0("se.", c$metric)]]
      c(d, d - qnorm(.975) * s, d + qnorm(.975) * s, 2 * pnorm(-abs(d / s)))
    }
  })
  adjusted <- p.adjust(sapply(values, `[`, 4), "holm")
  for (k in seq_along(found)) {
    label <- paste(method, cohortName, found[[k]]$first, found[[k]]$second)
    for (w in 1:4) check("Comparisons", label, found[[k]][[c("difference", "lower", "upper", "p_value")[w]]], values[[k]][w], 1e-8)
    if (grepl("Holm", method)) check("Comparisons", paste(label, "Holm"), found[[k]]$p_adjusted, adjusted[k], 1e-8)
  }
}

## Pooling over sites
for (model in models) for (block in model$pooling) {
  if (!block$measure %in% c("auc", "calibration_slope", "observed_over_expected")) next
  told <- Filter(function(m) m$cohort == block$cohort && m$name == block$measure, model$per_site)
  value <- sapply(told, function(m) c(m$estimate, NA)[1]); lower <- sapply(told, function(m) c(m$lower, NA)[1])
  upper <- sapply(told, function(m) c(m$upper, NA)[1])
  to <- switch(block$scale, logit = qlogis, log = log, identity); from <- switch(block$scale, logit = plogis, log = exp, identity)
  yi <- to(value); se <- (to(upper) - to(lower)) / (2 * qnorm(.975))
  used <- sapply(block$sites, `[[`, "pooled")
  for (pooled in block$pooled) {
    fit <- rma(yi[used], sei = se[used], method = if (grepl("REML", pooled$method)) "REML" else "DL",
      test = if (grepl("modified", pooled$method)) "adhoc" else if (grepl("Hartung", pooled$method)) "knha" else "z",
      control = list(threshold = 1e-10, maxiter = 1000))
    label <- paste(model$name, block$cohort, block$measure, pooled$method)
    check("Pooling over sites", label, pooled$estimate, from(as.numeric(fit$beta)), 1e-5)
    check("Pooling over sites", label, pooled$lower, from(fit$ci.lb), 1e-5)
    check("Pooling over sites", label, pooled$upper, from(fit$ci.ub), 1e-5)
    check("Pooling over sites", label, pooled$tau2, fit$tau2, 1e-5)
    check("Pooling over sites", label, pooled$heterogeneity_p, fit$QEp, 1e-5)
  }
}

## Equations and nomograms
for (equation in report$clinical$equations) {
  model <- models[[equation$model]]
  slopes <- sapply(model$features, function(f) f$coefficient / f$sd)
  intercept <- model$intercept - sum(slopes * sapply(model$features, `[[`, "mean"))
  check("Nomograms", paste(equation$model, "intercept"), equation$intercept, intercept, 1e-10)
  hasScore <- any(grepl(" score$", sapply(model$features, `[[`, "name")))
  data <- filled
  for (f in model$features) if (grepl(" score$", f$name)) data[[f$name]] <- inputs[, f$name]
  names(data) <- make.names(names(data))
  data$y <- cohort$Outcome
  data <- data[training, ]
  distribution <- datadist(data); options(datadist = "distribution")
  fit <- lrm(reformulate(setdiff(names(data), "y"), "y"), data, tol = 1e-14, eps = 1e-12, maxit = 100)
  covariance <- matrix(unlist(equation$covariance), length(slopes) + 1)
  for (k in seq_along(slopes)) {
    term <- equation$terms[[k]]; label <- paste(equation$model, term$predictor)
    b <- slopes[k]; s <- sqrt(covariance[k + 1, k + 1])
    if (!hasScore) {
      b <- fit$coefficients[[k + 1]]; s <- sqrt(vcov(fit)[k + 1, k + 1])
    }
    check("Equations", label, term$coefficient, b, 1e-6); check("Equations", label, term$odds_ratio, exp(b), 1e-6)
    check("Equations", label, term$lower, exp(b - qnorm(.975) * s), 1e-6)
    check("Equations", label, term$upper, exp(b + qnorm(.975) * s), 1e-6)
    check("Equations", label, term$p, 2 * pnorm(-abs(b / s)), 1e-6)
  }
  if (is.null(equation$nomogram)) next
  # Scores are cross-fitted and not in a report: rms scales the coefficients that were fitted to them.
  fit$coefficients[] <- c(equation$intercept, slopes)
  scales <- equation$nomogram$scales
  values <- list()
  for (scale in scales) if (!scale$is_category)
    values[[make.names(scale$name)]] <- as.numeric(sapply(scale$marks, `[[`, "text"))
  drawn <- do.call(nomogram, c(list(fit, lp = FALSE), values))
  for (scale in scales) {
    axis <- drawn[[make.names(scale$name)]]
    expected <- axis$Xbeta; points <- axis$points
    for (k in seq_along(scale$marks)) check("Nomograms", paste(equation$model, scale$name, scale$marks[[k]]$text),
      scale$marks[[k]]$points, points[[k]], 1e-6)
  }
  space <- attr(drawn, "info")
  for (mark in equation$nomogram$probabilities) check("Nomograms", paste(equation$model, "risk", mark$text), mark$points,
    (qlogis(as.numeric(mark$text)) - space$Intercept) * space$sc, 1e-6)
  for (mark in equation$nomogram$log_odds) check("Nomograms", paste(equation$model, "log-odds", mark$text), mark$points,
    (as.numeric(mark$text) - space$Intercept) * space$sc, 1e-6)
}

primary <- report$primary
told <- Filter(function(m) m$cohort == primary$cohort && m$name == "auc" && m$method == primary$method, models[[primary$model]]$metrics)[[1]]
for (end in c("estimate", "lower", "upper")) check("Primary result", end, primary[[end]], told[[end]], 0)

lines <- sapply(sort(ls(tally)), function(name) paste(c(name, get(name, tally)), collapse = "\t"))
writeLines(lines, arguments[4])
cat("resampled interval ends, not compared:", resampled, "\n")
