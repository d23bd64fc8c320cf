# Writes survival.json: what R's survival and glmnet make of generated rows, for Tests/StatisticsTests/SurvivalReferenceTests.swift.
#
# Usage: Rscript survival.R > survival.json
#
# Needs R 4.2 with survival 3.5, glmnet 4.1 and jsonlite. Rows come from Park and Miller's generator (1988), in numbers
# that are exact in doubles, so that the tests make the same ones: see `GeneratedSurvival` there.

suppressPackageStartupMessages({
  library(survival)
  library(glmnet)
  library(jsonlite)
})

generated <- function(rows, columns, seed, whole) {
  state <- seed
  uniform <- function() {
    state <<- (state * 16807) %% 2147483647
    state / 2147483647
  }
  x <- matrix(0, rows, columns)
  time <- event <- numeric(rows)
  for (i in seq_len(rows)) {
    for (j in seq_len(columns)) {
      a <- uniform()
      b <- uniform()
      c <- uniform()
      x[i, j] <- a + b + c - 1.5
    }
    until <- 60 * uniform() / (1 + max(0, 1 + 1.5 * x[i, 1] - x[i, 2]))
    end <- 45 * uniform()
    if (whole) {
      until <- floor(until) + 1
      end <- floor(end) + 1
    }
    time[i] <- min(until, end)
    event[i] <- as.numeric(until <= end)
  }
  list(x = x, time = time, event = event)
}

fit <- function(data, ties, penalty = NULL, strata = NULL) {
  x <- data$x[, 1:4]
  y <- Surv(data$time, data$event)
  exact <- coxph.control(eps = 1e-13, iter.max = 50, toler.chol = 1e-14)
  if (!is.null(penalty)) {
    # R reads theta where the model is evaluated.
    model <- eval(bquote(coxph(y ~ ridge(x, theta = .(penalty), scale = FALSE), ties = ties, control = exact)))
    return(list(coef = unname(coef(model))))
  }
  model <- if (is.null(strata)) coxph(y ~ x, ties = ties, control = exact) else
    coxph(y ~ x + strata(strata), ties = ties, control = exact)
  base <- basehaz(model, centered = TRUE)
  result <- list(
    coef = unname(coef(model)), se = unname(sqrt(diag(vcov(model)))), covariance12 = vcov(model)[1, 2],
    loglik = model$loglik, score = unname(model$score), lrtP = unname(summary(model)$logtest["pvalue"]),
    waldP = unname(summary(model)$coefficients[, "Pr(>|z|)"]), time = base$time, hazard = base$hazard,
    predictor = unname(predict(model, type = "lp", reference = "sample"))[1:5])
  for (transform in c("km", "identity")) {
    table <- cox.zph(model, transform = transform, terms = FALSE)$table
    result[[paste0("zph_", transform)]] <- list(statistic = unname(table[, "chisq"]), p = unname(table[, "p"]))
  }
  result
}

curves <- function(data) {
  y <- Surv(data$time, data$event)
  result <- list()
  for (type in c("plain", "log", "log-log")) {
    curve <- survfit(y ~ 1, conf.type = type)
    middle <- quantile(curve, c(0.25, 0.5))
    result[[type]] <- list(
      time = curve$time, risk = curve$n.risk, events = curve$n.event, censored = curve$n.censor, survival = curve$surv,
      error = summary(curve, times = curve$time)$std.err, lower = curve$lower, upper = curve$upper,
      quantiles = unname(middle$quantile), quantileLower = unname(middle$lower), quantileUpper = unname(middle$upper))
  }
  result
}

logrank <- function(data) {
  y <- Surv(data$time, data$event)
  group <- (seq_along(data$time) - 1) %% 3
  stratum <- (seq_along(data$time) - 1) %% 2
  plain <- survdiff(y ~ group)
  stratified <- survdiff(y ~ group + strata(stratum))
  list(
    observed = unname(plain$obs), expected = unname(plain$exp), statistic = plain$chisq,
    p = pchisq(plain$chisq, 2, lower.tail = FALSE), stratified = stratified$chisq)
}

concordances <- function(data) {
  y <- Surv(data$time, data$event)
  # Rounded, so that some risks are equal.
  risk <- round(data$x[, 1] * 8) - round(data$x[, 2] * 6)
  harrell <- concordance(y ~ risk, reverse = TRUE)
  uno <- concordance(y ~ risk, reverse = TRUE, timewt = "n/G2")
  cut <- concordance(y ~ risk, reverse = TRUE, timewt = "n/G2", ymax = 20)
  pair <- rep(seq_len(length(risk) / 2), each = 2)
  clustered <- concordance(y ~ risk, reverse = TRUE, cluster = pair)
  # Two scores on the same rows, and the error of their difference.
  other <- round(data$x[, 1] * 4)
  asIs <- coxph.control(iter.max = 0)
  models <- list(coxph(y ~ risk, init = 1, control = asIs), coxph(y ~ other, init = 1, control = asIs))
  both <- concordance(models[[1]], models[[2]])
  bothClustered <- concordance(models[[1]], models[[2]], cluster = pair)
  contrast <- c(1, -1)
  spread <- function(fit) sqrt(drop(contrast %*% vcov(fit) %*% contrast))
  list(
    difference = unname(sum(contrast * coef(both))), differenceError = spread(both),
    clusteredDifferenceError = spread(bothClustered),
    harrell = unname(harrell$concordance), error = sqrt(harrell$var), pairs = sum(harrell$count[1:3]),
    uno = unname(uno$concordance), unoUntil20 = unname(cut$concordance), clusteredError = sqrt(clustered$var))
}

penalised <- function(data, alpha, ratio) {
  y <- Surv(data$time, data$event)
  path <- glmnet(data$x, y, family = "cox", alpha = alpha, thresh = 1e-15, maxit = 1e7, lambda.min.ratio = ratio)
  # A wide path stops before its coefficients run away.
  cuts <- seq(1, length(path$lambda), by = 12)
  folds <- (seq_along(data$time) - 1) %% 5 + 1
  own <- cv.glmnet(data$x, y, family = "cox", alpha = alpha, thresh = 1e-15, maxit = 1e7, lambda.min.ratio = ratio, foldid = folds)
  shared <- cv.glmnet(
    data$x, y, family = "cox", alpha = alpha, thresh = 1e-15, maxit = 1e7, foldid = folds, lambda = path$lambda)
  weights <- 1 + (seq_along(data$time) - 1) %% 3
  weighted <- glmnet(
    data$x, y, family = "cox", alpha = alpha, weights = weights, thresh = 1e-15, maxit = 1e7, lambda = path$lambda[1:20])
  list(
    alpha = alpha, minimumRatio = ratio, lambda = path$lambda, ratio = path$dev.ratio, nulldev = path$nulldev, cuts = cuts - 1,
    coef = lapply(cuts, function(k) unname(as.numeric(path$beta[, k]))),
    cvm = unname(own$cvm), cvsd = unname(own$cvsd), lambdaMin = own$lambda.min, lambda1se = own$lambda.1se,
    sharedCvm = unname(shared$cvm), sharedCvsd = unname(shared$cvsd),
    weighted = unname(as.numeric(weighted$beta[, 20])))
}

result <- list()
for (name in c("tied", "untied")) {
  data <- generated(120, 4, 7, name == "tied")
  stratum <- (seq_along(data$time) - 1) %% 2
  result[[name]] <- list(
    time = data$time[1:10], event = data$event[1:10], x = data$x[1:3, 2],
    curves = curves(data), logrank = logrank(data), concordance = concordances(data),
    efron = fit(data, "efron"), breslow = fit(data, "breslow"), ridge = fit(data, "efron", penalty = 3),
    stratified = fit(data, "efron", strata = stratum))
  result[[paste0(name, "_tall")]] <- penalised(generated(150, 20, 11, name == "tied"), 1, 1e-4)
  result[[paste0(name, "_wide")]] <- penalised(generated(80, 150, 13, name == "tied"), 1, 0.45)
  result[[paste0(name, "_net")]] <- penalised(generated(80, 60, 17, name == "tied"), 0.5, 0.25)
}
cat(toJSON(result, digits = I(16), auto_unbox = TRUE, na = "null"), "\n")
