# The experiments of `statistics-benchmark coverage` and `optimism` that miss what they aim at, once more in R with R's
# random numbers and R's routines: is it the method, or is it our code?
#
#   Rscript Benchmarks/statistics/evidence.R [PAGE.md [STUDIES [DATASETS]]]
#
# Prints a table; with a page, takes the figures of this project from its blocks `coverage` and `optimism` and replaces
# its block `peer`. Needs glmnet and pROC (Debian: r-cran-glmnet r-cran-proc); 2,000 studies and 200 data sets take
# half an hour on two cores.
suppressMessages({
  library(glmnet)
  library(pROC)
  library(parallel)
})
arguments <- commandArgs(trailingOnly = TRUE)
page <- if (length(arguments) > 0) arguments[1]
studies <- if (length(arguments) > 1) as.integer(arguments[2]) else 2000L
datasets <- if (length(arguments) > 2) as.integer(arguments[3]) else 200L
RNGkind("L'Ecuyer-CMRG")
set.seed(2026)
z <- qnorm(0.975)
cases <- 21; controls <- 24; y <- rep(1:0, c(cases, controls))
each <- function(count, work) mclapply(seq_len(count), function(i) work(), mc.cores = 2, mc.set.seed = TRUE)

wins <- function(score, outcome) {
  one <- score[outcome == 1]; other <- score[outcome == 0]
  outer(one, other, ">") + 0.5 * outer(one, other, "==")
}
area <- function(score, outcome) mean(wins(score, outcome))
drawn <- function(n, count = 2000) t(rmultinom(count, n, rep(1, n)))
held <- function(interval, truth) interval[1] <= truth && truth <= interval[2]
percentiles <- function(values) quantile(values, c(0.025, 0.975), names = FALSE)

# AUC 0.95 in 21 + 24: pROC's DeLong, and percentiles of stratified resamples.
auc_study <- function() {
  score <- rnorm(45) + qnorm(0.95) * sqrt(2) * y
  plain <- ci.auc(roc(y, score, quiet = TRUE, direction = "<", levels = c(0, 1)))[c(1, 3)]
  psi <- wins(score, y)
  resampled <- rowSums((drawn(cases) %*% psi) * drawn(controls)) / (cases * controls)
  c(held(plain, 0.95), held(percentiles(resampled), 0.95))
}

# Sensitivity and PPV in 21 + 24 at the cut-off that Youden's index chose on 70 + 80, AUC 0.8.
cutoff_study <- function() {
  distance <- qnorm(0.8) * sqrt(2)
  trained <- rep(1:0, c(70, 80)); score <- rnorm(150) + distance * trained
  places <- c(-Inf, sort(score)); middle <- (places + c(places[-1], Inf)) / 2
  youden <- vapply(middle, function(t) mean(score[trained == 1] >= t) - mean(score[trained == 0] >= t), 0)
  cutoff <- middle[which.max(youden)]
  score <- rnorm(45) + distance * y; called <- score >= cutoff
  sensitivity <- pnorm(distance - cutoff); rest <- pnorm(-cutoff)
  ppv <- cases * sensitivity / (cases * sensitivity + controls * rest)
  resampled <- rbinom(2000, cases, mean(called[y == 1])) / cases
  wilson <- prop.test(sum(called & y == 1), sum(called), correct = FALSE)$conf.int
  c(held(percentiles(resampled), sensitivity), held(wilson, ppv))
}

# Calibration in the large, 150 rows, predicted logits twice the true ones.
calibration_study <- function() {
  logits <- 1.2 * rnorm(150); outcome <- rbinom(150, 1, plogis(logits))
  fit <- summary(glm(outcome ~ offset(2 * logits), family = binomial))$coefficients
  held(fit[1] + c(-z, z) * fit[2], 0)
}

# Logit AUCs of so many sites of 60 with tau 0.4, and their variances by pROC.
simulated_sites <- function(count) {
  outcome <- rep(rep(1:0, c(9, 11)), 3)
  sites <- replicate(count, {
    truth <- plogis(qlogis(0.8) + 0.4 * rnorm(1))
    curve <- roc(outcome, rnorm(60) + qnorm(truth) * sqrt(2) * outcome, quiet = TRUE, direction = "<",
      levels = c(0, 1))
    a <- as.numeric(auc(curve)); c(qlogis(a), var(curve) / (a * (1 - a))^2)
  })
  sites[, is.finite(sites[1, ]), drop = FALSE]
}

# AUC pooled over four sites, DerSimonian and Laird with a normal interval.
pooling_study <- function() {
  sites <- simulated_sites(4)
  w <- 1 / sites[2, ]; q <- sum(w * (sites[1, ] - sum(w * sites[1, ]) / sum(w))^2)
  tau2 <- max(0, (q - ncol(sites) + 1) / (sum(w) - sum(w^2) / sum(w)))
  w <- 1 / (sites[2, ] + tau2); pooled <- sum(w * sites[1, ]) / sum(w)
  held(plogis(pooled + c(-z, z) / sqrt(sum(w))), 0.8)
}

# Where a new site is expected after ten: REML, Hartung and Knapp, t with k - 1 degrees of freedom.
prediction_study <- function() {
  sites <- simulated_sites(10); k <- ncol(sites)
  likelihood <- function(tau2) {
    w <- 1 / (sites[2, ] + tau2); mean <- sum(w * sites[1, ]) / sum(w)
    sum(log(w)) - log(sum(w)) - sum(w * (sites[1, ] - mean)^2)
  }
  tau2 <- optimize(likelihood, c(0, 5), maximum = TRUE, tol = 1e-9)$maximum
  w <- 1 / (sites[2, ] + tau2); pooled <- sum(w * sites[1, ]) / sum(w)
  # Hartung and Knapp's, never below that of the fixed effect (metafor's test "adhoc").
  variance <- max(1, sum(w * (sites[1, ] - pooled)^2) / (k - 1)) / sum(w)
  new <- qlogis(0.8) + 0.4 * rnorm(1)
  held(pooled + c(-1, 1) * qt(0.975, k - 1) * sqrt(variance + tau2), new)
}

# Everything from screening to ridge on some subjects, with copies; predictions of new rows.
fit <- function(x, y, subject) {
  p <- apply(x, 2, function(v) suppressWarnings(wilcox.test(v[y == 1], v[y == 0])$p.value))
  kept <- which(p < 0.05)
  if (length(kept) > 0) {
    ordered <- kept[order(p[kept])]; r <- abs(cor(x[, ordered, drop = FALSE], method = "spearman"))
    chosen <- integer(0)
    for (j in seq_along(ordered)) if (!any(r[j, chosen] > 0.9)) chosen <- c(chosen, j)
    kept <- sort(ordered[chosen])
    unique_subject <- unique(subject); outcome <- y[match(unique_subject, subject)]
    fold <- integer(length(unique_subject))
    for (class in 0:1) fold[outcome == class] <- sample(rep(1:10, length.out = sum(outcome == class)))
    # A column of nothing, because glmnet wants two.
    design <- cbind(scale(x[, kept, drop = FALSE]), 0)
    path <- cv.glmnet(design, y, family = "binomial", foldid = fold[match(subject, unique_subject)])
    beta <- as.matrix(coef(path, s = "lambda.min"))[-1, 1]
    kept <- kept[beta[seq_along(kept)] != 0]
  }
  if (length(kept) == 0) return(function(new) rep(0, nrow(new)))
  center <- colMeans(x[, kept, drop = FALSE]); spread <- apply(x[, kept, drop = FALSE], 2, sd)
  scores <- function(rows) cbind(1, scale(rows[, kept, drop = FALSE], center, spread))
  design <- scores(x); beta <- rep(0, ncol(design)); penalty <- diag(c(0, rep(1, ncol(design) - 1)))
  for (iteration in 1:100) {
    probability <- plogis(design %*% beta)[, 1]
    step <- solve(crossprod(design * (probability * (1 - probability)), design) + penalty,
      crossprod(design, y - probability) - penalty %*% beta)[, 1]
    beta <- beta + step
    if (max(abs(step)) < 1e-12) break
  }
  function(new) (scores(new) %*% beta)[, 1]
}

simulated <- function(n, strength) {
  hidden <- matrix(rnorm(12 * n), n)
  list(x = 0.8 * hidden + 0.6 * matrix(rnorm(12 * n), n),
    y = rbinom(n, 1, plogis(strength * (hidden[, 1] + hidden[, 2]))))
}

# .632+ and out of bag less the truth: 105 rows of three sites, 12 features, 40 replicates.
optimism_study <- function(strength) {
  data <- simulated(105, strength); site <- (0:104) %% 3
  predict <- fit(data$x, data$y, 1:105)
  new <- simulated(10000, strength); truth <- fast_area(predict(new$x), new$y)
  strata <- split(1:105, list(site, data$y), drop = TRUE)
  left <- replicate(40, {
    bag <- sort(unlist(lapply(strata, function(s) s[sample.int(length(s), replace = TRUE)])))
    outside <- setdiff(1:105, bag)
    score <- fit(data$x[bag, ], data$y[bag], bag)(data$x[outside, , drop = FALSE])
    if (length(unique(data$y[outside])) < 2) NA else area(score, data$y[outside])
  })
  apparent <- area(predict(data$x), data$y); out <- mean(left, na.rm = TRUE); bounded <- max(0.5, out)
  over <- if (apparent > bounded && apparent > 0.5) min(1, (apparent - bounded) / (apparent - 0.5)) else 0
  weight <- 0.632 / (1 - 0.368 * over)
  c((1 - weight) * apparent + weight * bounded - truth, out - truth)
}
fast_area <- function(score, outcome) {
  n1 <- sum(outcome == 1); n0 <- sum(outcome == 0)
  (sum(rank(score)[outcome == 1]) - n1 * (n1 + 1) / 2) / (n1 * n0)
}

results <- list()
report <- function(label, start, column, text, error) {
  results[[length(results) + 1]] <<- list(label = label, start = start, column = column, text = text, error = error)
  cat(label, text, "±", error, "\n")
}
coverage <- function(start, values) {
  p <- mean(values)
  report(paste0("covers, %: ", gsub(" | ", ", ", start, fixed = TRUE)), start, 4, sprintf("%.1f", 100 * p),
    sprintf("%.1f", 100 * sqrt(p * (1 - p) / length(values))))
}
bias <- function(kind, estimate, values)
  report(sprintf("bias: %s, 105 rows, 12 features, true AUC %s", estimate, kind),
    sprintf("105, 12 | %s | %s", kind, estimate), 5, sprintf("%+.3f", mean(values)),
    sprintf("%.3f", sd(values) / sqrt(length(values))))

found <- do.call(rbind, each(studies, auc_study))
coverage("DeLong | AUC 0.95, 21 + 24", found[, 1])
coverage("percentile | AUC 0.95, 21 + 24", found[, 2])
found <- do.call(rbind, each(studies, cutoff_study))
coverage("sensitivity, bootstrap | trained cut-off, AUC 0.8, 21 + 24", found[, 1])
coverage("PPV, Wilson | trained cut-off, AUC 0.8, 21 + 24", found[, 2])
coverage("in the large, Wald | calibration slope 0.5, 150 rows", unlist(each(studies, calibration_study)))
coverage("DerSimonian-Laird, normal | pooled AUC 0.8, 4 sites, τ = 0.4", unlist(each(studies, pooling_study)))
found <- do.call(rbind, each(datasets, function() optimism_study(0.8)))
bias("0.662", ".632+", found[, 1])
bias("0.662", "out of bag", found[, 2])
set.seed(2027)
coverage("prediction of a new site | pooled AUC 0.8, 10 sites, τ = 0.4", unlist(each(studies, prediction_study)))

# The cell of this project's row that begins so.
here <- function(text, start, column) {
  row <- text[startsWith(text, paste0("| ", start, " |"))]
  if (length(row) == 0) return("")
  gsub(" \\*", "", trimws(strsplit(row[1], "|", fixed = TRUE)[[1]][column + 1]))
}
if (!is.null(page)) {
  text <- readLines(page)
  rows <- vapply(results, function(result) sprintf("| %s | %s | %s | %s |", result$label,
    here(text, result$start, result$column), result$text, result$error), "")
  start <- which(text == "<!-- peer -->"); end <- which(text == "<!-- end peer -->")
  stopifnot(length(start) == 1, length(end) == 1)
  writeLines(c(text[1:start], "| what | here | R | ± |", "|---|---|---|---|", rows, text[end:length(text)]), page)
}
