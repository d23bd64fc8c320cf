# Processor seconds in R of what `statistics-benchmark speed` times, one thread: one line of JSON for each task.
#
#   Rscript speed.R TABLE.csv NAME REPETITIONS EXCHANGE.json
#
# EXCHANGE.json holds the resamples and folds that the Swift side used: the replicates here are the same ones, and
# their features and AUCs are compared with its own.
suppressMessages({
  library(glmnet)
  library(pROC)
  library(jsonlite)
})
arguments <- commandArgs(trailingOnly = TRUE)
table <- read.csv(arguments[1], check.names = FALSE)
name <- arguments[2]
repetitions <- as.integer(arguments[3])
exchange <- fromJSON(arguments[4], simplifyVector = TRUE, simplifyDataFrame = FALSE)
y <- table$y
x <- as.matrix(table[, !(names(table) %in% c("id", "y", "site"))])

time <- function(task, work, times = repetitions) {
  seconds <- vapply(seq_len(times), function(i) {
    before <- sum(proc.time()[1:2])
    work(i)
    sum(proc.time()[1:2]) - before
  }, 0)
  cat(toJSON(list(task = unbox(task), table = unbox(name), seconds = seconds), digits = 6), "\n")
}

# One replicate, as someone writes it who does not think of speed: a test and a correlation at a time.
plain <- function(drawn, folds) {
  rows <- x[drawn, ]
  outcome <- y[drawn]
  p <- numeric(ncol(rows))
  for (j in seq_len(ncol(rows)))
    p[j] <- suppressWarnings(wilcox.test(rows[outcome == 1, j], rows[outcome == 0, j]))$p.value
  kept <- which(p < 0.05)
  kept <- kept[order(p[kept])]
  chosen <- c()
  for (j in kept) {
    isRedundant <- FALSE
    for (k in chosen)
      if (abs(cor(rows[, j], rows[, k], method = "spearman")) > 0.9) {
        isRedundant <- TRUE
        break
      }
    if (!isRedundant) chosen <- c(chosen, j)
  }
  finish(drawn, folds, sort(chosen))
}

# The same on whole matrices: ranks once, p-values from rank sums, one correlation matrix.
vectorised <- function(drawn, folds) {
  rows <- x[drawn, ]
  outcome <- y[drawn]
  ranks <- apply(rows, 2, rank)
  cases <- sum(outcome)
  n <- length(outcome)
  u <- colSums(ranks[outcome == 1, ]) - cases * (cases + 1) / 2
  ties <- apply(ranks, 2, function(r) sum((t <- tabulate(2 * r))^3 - t))
  sigma <- sqrt(cases * (n - cases) / 12 * (n + 1 - ties / (n * (n - 1))))
  z <- u - cases * (n - cases) / 2
  p <- 2 * pnorm(-abs((z - sign(z) * 0.5) / sigma))
  kept <- which(p < 0.05)
  kept <- kept[order(p[kept])]
  r <- abs(cor(ranks[, kept]))
  chosen <- integer(0)
  for (j in seq_along(kept)) if (!any(r[j, chosen] > 0.9)) chosen <- c(chosen, j)
  finish(drawn, folds, sort(kept[chosen]))
}

# LASSO by ten folds of unique subjects, ridge of penalty 1 on z-scores, Youden's cut-off, AUC on the three parts.
finish <- function(drawn, folds, chosen) {
  outcome <- y[drawn]
  center <- colMeans(x[drawn, chosen, drop = FALSE])
  spread <- apply(x[drawn, chosen, drop = FALSE], 2, sd)
  z <- scale(x[drawn, chosen, drop = FALSE], center, spread)
  fit <- cv.glmnet(z, outcome, family = "binomial", foldid = folds)
  beta <- as.matrix(coef(fit, s = "lambda.min"))[-1, 1]
  selected <- which(beta != 0)
  coefficients <- ridge(z[, selected, drop = FALSE], outcome)
  predict <- function(rows)
    coefficients[1] + scale(x[rows, chosen[selected], drop = FALSE], center[selected], spread[selected]) %*%
      coefficients[-1]
  bag <- predict(drawn)
  cutoff <- youden(bag, outcome)
  outside <- setdiff(seq_along(y), drawn)
  list(
    selected = chosen[selected], cutoff = cutoff, lambda = fit$lambda.min, bag = auc(bag, outcome),
    training = auc(predict(seq_along(y)), y), outOfBag = auc(predict(outside), y[outside]))
}

ridge <- function(z, outcome, penalty = 1) {
  design <- cbind(1, z)
  beta <- rep(0, ncol(design))
  for (iteration in 1:50) {
    p <- plogis(design %*% beta)[, 1]
    hessian <- crossprod(design * (p * (1 - p)), design) + diag(c(0, rep(penalty, ncol(z))), ncol(design))
    step <- solve(hessian, crossprod(design, outcome - p) - c(0, rep(penalty, ncol(z))) * beta)
    beta <- beta + step[, 1]
    if (max(abs(step)) < 1e-10) break
  }
  beta
}

auc <- function(score, outcome) {
  cases <- sum(outcome)
  (sum(rank(score)[outcome == 1]) - cases * (cases + 1) / 2) / cases / (length(outcome) - cases)
}

youden <- function(score, outcome) {
  order <- order(-score)
  j <- cumsum(outcome[order] == 1) / sum(outcome == 1) - cumsum(outcome[order] == 0) / sum(outcome == 0)
  score[order][which.max(j)]
}

# The same replicates: largest difference of an AUC, and how many selected the same features.
agreement <- function(results) {
  same <- mapply(function(a, b) setequal(a$selected, b$selected), results, exchange$replicates)
  worst <- max(mapply(function(a, b)
    max(abs(c(a$bag - b$bagAUC, a$training - b$trainingAUC, a$outOfBag - b$outOfBagAUC))), results,
    exchange$replicates)[same], 0)
  message(sprintf("%s: %d of %d replicates select the same features; worst AUC difference among them %.1e",
    name, sum(same), length(same), worst))
}

time("LASSO path", function(i) glmnet(x, y, family = "binomial"))
time("10-fold CV", function(i) cv.glmnet(x, y, family = "binomial", foldid = exchange$folds))
results <- list()
time("bootstrap replicate (vectorised)", function(i)
  results[[i]] <<- vectorised(exchange$replicates[[i]]$drawn, exchange$replicates[[i]]$folds))
agreement(results)
if (length(y) < 500) {
  results <- list()
  time("bootstrap replicate (plain)", function(i)
    results[[i]] <<- plain(exchange$replicates[[i]]$drawn, exchange$replicates[[i]]$folds))
  agreement(results)
}
time("1,000 stratified bootstrap AUCs (pROC)", function(i)
  ci.auc(roc(y, x[, 1], quiet = TRUE, direction = "<"), method = "bootstrap", boot.n = 1000,
    boot.stratified = TRUE, progress = "none"))
time("1,000 stratified bootstrap AUCs (ranks)", function(i) {
  cases <- which(y == 1)
  controls <- which(y == 0)
  areas <- replicate(1000, {
    drawn <- c(sample(cases, replace = TRUE), sample(controls, replace = TRUE))
    auc(x[drawn, 1], y[drawn])
  })
  quantile(areas, c(0.025, 0.975))
})
time("Spearman matrix", function(i) cor(x, method = "spearman"))
time("Pearson matrix", function(i) cor(x))
