# The study that `statistics-benchmark study` ran, again in R on the same split and folds: screening, pruning, LASSO
# path and cross-validation by glmnet, ridge, AUCs and DeLong's interval by pROC, and every bootstrap replicate on the
# same resample and folds.
#
#   .build/release/statistics-benchmark study TABLE.csv -o study.json     (Benchmarks/statistics/glioma does both)
#   Rscript Benchmarks/statistics/glioma.R TABLE.csv study.json [PAGE.md]
#
# Prints what agrees and the largest differences; with a page, replaces its block `glioma`. Ends with status 1 where
# something that must agree does not.
suppressMessages({
  library(glmnet)
  library(pROC)
  library(jsonlite)
})
arguments <- commandArgs(trailingOnly = TRUE)
study <- fromJSON(arguments[2], simplifyDataFrame = FALSE)
table <- read.csv(arguments[1], check.names = FALSE)
table <- table[match(study$subjects, table$subject), ]
stopifnot(!anyNA(table$subject), identical(names(table)[-(1:3)], study$features))
y <- table$label
x <- as.matrix(table[, -(1:3)])

screen <- function(rows) {
  usable <- which(apply(x[rows, ], 2, function(v) all(is.finite(v)) && length(unique(v)) > 1))
  p <- vapply(usable, function(j)
    suppressWarnings(wilcox.test(x[rows[y[rows] == 1], j], x[rows[y[rows] == 0], j])$p.value), 0)
  list(columns = usable[p < 0.05], p = p[p < 0.05])
}

prune <- function(rows, screened, limit = 0.9) {
  # Equal p: by name, in the order of bytes, as here.
  order <- order(screened$p, colnames(x)[screened$columns], method = "radix")
  r <- abs(cor(x[rows, screened$columns[order]], method = "spearman"))
  kept <- integer(0)
  for (j in seq_along(order)) if (!any(r[j, kept] > limit)) kept <- c(kept, j)
  sort(screened$columns[order[kept]])
}

standardise <- function(rows, columns) {
  part <- x[rows, columns, drop = FALSE]
  list(center = colMeans(part), spread = apply(part, 2, sd))
}

scores <- function(rows, columns, scaling)
  scale(x[rows, columns, drop = FALSE], scaling$center, scaling$spread)

# Minimises the negative log-likelihood plus half the sum of squared coefficients.
ridge <- function(z, outcome) {
  design <- cbind(1, z)
  penalty <- c(0, rep(1, ncol(z)))
  beta <- rep(0, ncol(design))
  for (iteration in 1:100) {
    p <- plogis(design %*% beta)[, 1]
    step <- solve(
      crossprod(design * (p * (1 - p)), design) + diag(penalty, length(penalty)),
      crossprod(design, outcome - p) - penalty * beta)[, 1]
    beta <- beta + step
    if (max(abs(step)) < 1e-13) break
  }
  beta
}

area <- function(score, outcome)
  as.numeric(auc(roc(outcome, score, quiet = TRUE, direction = "<", levels = c(0, 1))))

# Everything from selection to coefficients on some rows, with repeats.
fit <- function(rows, folds) {
  pruned <- prune(rows, screen(rows))
  scaling <- standardise(rows, pruned)
  z <- scores(rows, pruned, scaling)
  path <- cv.glmnet(z, y[rows], family = "binomial", foldid = folds)
  beta <- as.matrix(coef(path, s = "lambda.min"))[-1, 1]
  chosen <- pruned[beta != 0]
  scaling <- standardise(rows, chosen)
  coefficients <- ridge(scores(rows, chosen, scaling), y[rows])
  predict <- function(others) coefficients[1] + (scores(others, chosen, scaling) %*% coefficients[-1])[, 1]
  list(pruned = pruned, z = z, path = path, chosen = chosen, coefficients = coefficients, predict = predict)
}

rows <- character(0)
failed <- FALSE
line <- function(what, found, difference = NA, limit = NA) {
  isGood <- if (is.na(difference)) found else difference <= limit
  failed <<- failed || !isGood
  rows <<- c(rows, if (is.na(difference)) sprintf("| %s | %s | |", what, if (isGood) "the same" else "differ")
    else sprintf("| %s | %.1e | %.0e |", what, difference, limit))
}
relative <- function(a, b) max(abs(a - b) / pmax(abs(b), 1e-300))

training <- study$training
test <- study$test
line(sprintf("features with p < 0.05: %d", length(study$screened)),
  identical(as.integer(unname(screen(training)$columns)), as.integer(study$screened)))
final <- fit(training, study$bootstrap$folds)
line(sprintf("features left by pruning: %d", length(study$pruned)),
  identical(as.integer(unname(final$pruned)), as.integer(study$pruned)))
steps <- min(length(final$path$lambda), length(study$path$lambda))
line(sprintf("LASSO path: λ at %d steps, relative", steps),
  NA, relative(study$path$lambda[1:steps], final$path$lambda[1:steps]), 1e-10)
ours <- matrix(0, length(study$pruned), steps)
for (k in seq_len(steps)) ours[study$path$columns[[k]], k] <- study$path$coefficients[[k]]
theirs <- as.matrix(final$path$glmnet.fit$beta)[, 1:steps]
upTo <- seq_len(which.min(abs(study$path$lambda - study$path$minimum)))
line(sprintf("coefficients on z-scores down to λ.min, %d steps", length(upTo)), NA,
  max(abs(ours[, upTo] - theirs[, upTo])), 1e-6)
# Beyond λ.min this table is nearly separable: both stop before they arrive (tolerance 1e-7), in their own places.
exact <- as.matrix(glmnet(final$z, y[training], family = "binomial", lambda = study$path$lambda[1:steps],
  thresh = 1e-13, maxit = 1e8)$beta)
distance <- function(beta) max(abs(beta - exact[, 1:steps]) / max(abs(exact)))
line("the whole path against one that has converged, relative to its largest coefficient", NA, distance(ours), 0.1)
line("glmnet's own path against that one, for comparison", NA, distance(theirs), 0.1)
line("cross-validation: mean deviance, relative", NA, relative(study$path$cvm[1:steps], final$path$cvm[1:steps]), 1e-2)
line("cross-validation: mean deviance down to λ.min, relative", NA,
  relative(study$path$cvm[upTo], final$path$cvm[upTo]), 1e-3)
line("λ.min, relative", NA, relative(study$path$minimum, final$path$lambda.min), 1e-10)
line("λ.1se, relative", NA, relative(study$path$oneStandardError, final$path$lambda.1se), 1e-10)
line(sprintf("features of the model: %d", length(study$model$selected)),
  identical(as.integer(unname(final$chosen)), as.integer(study$model$selected)))
line("ridge coefficients and intercept", NA,
  max(abs(c(study$model$intercept, study$model$coefficients) - final$coefficients)), 1e-8)
line("predicted probabilities of the test part", NA,
  max(abs(plogis(final$predict(test)) - study$model$testProbabilities)), 1e-8)
line(sprintf("training AUC %.4f", study$model$trainingAUC), NA,
  abs(area(final$predict(training), y[training]) - study$model$trainingAUC), 1e-12)
tested <- roc(y[test], final$predict(test), quiet = TRUE, direction = "<", levels = c(0, 1))
line(sprintf("test AUC %.4f", study$model$testAUC), NA, abs(as.numeric(auc(tested)) - study$model$testAUC), 1e-12)
line(sprintf("DeLong's interval of the test AUC, %.4f to %.4f", study$model$testDeLong$lower,
  study$model$testDeLong$upper), NA,
  max(abs(ci.auc(tested)[c(1, 3)] - c(study$model$testDeLong$lower, study$model$testDeLong$upper))), 1e-10)

same <- 0
worst <- 0
areas <- list(ours = numeric(0), theirs = numeric(0))
for (replicate in study$bootstrap$replicates) {
  bag <- fit(replicate$drawn, replicate$folds)
  outside <- setdiff(training, replicate$drawn)
  found <- c(area(bag$predict(replicate$drawn), y[replicate$drawn]), area(bag$predict(training), y[training]),
    area(bag$predict(outside), y[outside]))
  expected <- c(replicate$bagAUC, replicate$trainingAUC, replicate$outOfBagAUC)
  areas$ours <- c(areas$ours, expected[3])
  areas$theirs <- c(areas$theirs, found[3])
  if (setequal(bag$chosen, replicate$selected)) {
    same <- same + 1
    worst <- max(worst, abs(found - expected))
  }
}
count <- length(study$bootstrap$replicates)
rows <- c(rows, sprintf("| bootstrap replicates that select the same features | %d of %d | all but 2 %% |", same, count))
failed <- failed || same < 0.98 * count
line("AUCs of those replicates (bag, training, out of bag)", NA, worst, 1e-12)
line(sprintf("out-of-bag AUC, mean of all replicates: %.5f", mean(areas$ours)), NA,
  abs(mean(areas$ours) - mean(areas$theirs)), 1e-3)

rows <- c("| what | largest difference | allowed |", "|---|---|---|", rows)
cat(rows, sep = "\n")
if (length(arguments) > 2) {
  page <- readLines(arguments[3])
  start <- which(page == "<!-- glioma -->")
  end <- which(page == "<!-- end glioma -->")
  writeLines(c(page[1:start], rows, page[end:length(page)]), arguments[3])
}
if (failed) quit(status = 1)
