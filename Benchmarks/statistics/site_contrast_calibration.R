# How often the test of site_contrast.R finds a feature that is the same at every site, over how often it may; and how
# often it finds one that follows the outcome at one site alone. Prints tables in Markdown.
#   Rscript Benchmarks/statistics/site_contrast_calibration.R [COHORTS]

cohorts <- as.integer(c(commandArgs(TRUE), "10000")[1])
set.seed(13)

variance <- function(a, n1, n0) {
  a * (1 - a) / (n1 * n0) * (1 + (n1 + n0 - 2) / 2 * ((1 - a) / (2 - a) + a / (1 + a)))
}
inner <- function(a, pairs) pmin(pmax(a, 0.5 / pairs), 1 - 0.5 / pairs)

# p of each site (rows) and cohort (columns); `draw` gives the values of subjects with outcomes `y` at site `s`.
p_values <- function(n, share, draw) {
  n1 <- round(n * share); n0 <- n - n1
  auc <- t(sapply(seq_along(n), function(s) {
    y <- rep(1:0, c(n1[s], n0[s]))
    ranks <- apply(matrix(draw(rep(y, cohorts), s), n[s]), 2, rank)
    (colSums(ranks[y == 1, ]) - n1[s] * (n1[s] + 1) / 2) / (n1[s] * n0[s])
  }))
  w <- n1 * n0 / (n + 1)
  common <- inner(colSums(w * auc) / sum(w), sum(n1 * n0))
  t(sapply(seq_along(n), function(s) {
    o <- setdiff(seq_along(n), s)
    v1 <- variance(common, n1[s], n0[s])
    v2 <- Reduce(`+`, lapply(o, function(q) (w[q] / sum(w[o]))^2 * variance(common, n1[q], n0[q])))
    elsewhere <- inner(colSums(w[o] * auc[o, , drop = FALSE]) / sum(w[o]), sum(n1[o] * n0[o]))
    t <- (asin(sqrt(inner(auc[s, ], n1[s] * n0[s]))) - asin(sqrt(elsewhere))) *
      2 * sqrt(common * (1 - common) / (v1 + v2))
    2 * pt(-abs(t), (v1 + v2)^2 / (v1^2 / (n[s] - 2) + v2^2 / sum(n[o] - 2)))
  }))
}

kinds <- list(
  "normal" = function(y, d) rnorm(length(y)) + d * y,
  "long tails (t, 3 degrees of freedom)" = function(y, d) rt(length(y), 3) / sqrt(3) + d * y,
  "cases with twice the deviation" = function(y, d) rnorm(length(y)) * (1 + y) + 1.5 * d * y)
sites <- list(rep(20, 3), rep(37, 4), c(100, 20, 20, 10))

cat("| values | difference | subjects of the sites | cases | p < 0.05 | p < 0.001 | p < 0.0001 |\n|---|---|---|---|---|---|---|\n")
for (kind in names(kinds)) for (d in 0:2) for (n in sites) for (share in c(0.5, 0.3)) {
  p <- p_values(n, share, function(y, s) kinds[[kind]](y, d))
  over <- sapply(c(0.05, 0.001, 0.0001), function(level) mean(p < level) / level)
  cat(sprintf("| %s | %d | %s | %.0f %% | %.2f | %.1f | %.1f |\n", kind, d, paste(n, collapse = ", "), 100 * share,
    over[1], over[2], over[3]))
}
cat("\n| subjects of the sites | the last follows by | of 24 tests | of 120 | of 4,800 |\n|---|---|---|---|---|\n")
for (n in c(sites[1:2], list(rep(15, 10), c(75, 75)))) for (strength in c(2, 3, 5)) {
  p <- p_values(n, 0.5, function(y, s) rnorm(length(y)) + ifelse(s == length(n), strength, 0) * y)[length(n), ]
  found <- sapply(c(24, 120, 4800), function(tests) mean(p < 0.05 / tests))
  size <- if (length(n) > 4) sprintf("%d of %d", length(n), n[1]) else paste(n, collapse = ", ")
  cat(sprintf("| %s | %d | %.0f %% | %.0f %% | %.0f %% |\n", size, strength, 100 * found[1], 100 * found[2], 100 * found[3]))
}
