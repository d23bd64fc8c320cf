# 1,000 stratified bootstrap AUCs of one marker: pROC's ci.auc, and a rank-based loop in R.
# Usage: Rscript evaluation.R TABLE.csv OUTCOME MARKER      (needs the package pROC, Debian r-cran-proc)
suppressPackageStartupMessages(library(pROC))
arguments <- commandArgs(trailingOnly = TRUE)
table <- read.csv(arguments[1])
outcome <- as.integer(table[[arguments[2]]])
marker <- as.numeric(table[[arguments[3]]])
seconds <- function(f) median(replicate(5, system.time(f())[["elapsed"]]))

curve <- roc(outcome, marker, quiet = TRUE, direction = "<", levels = c(0, 1))
with_proc <- seconds(function() {
  ci.auc(curve, method = "bootstrap", boot.n = 1000, boot.stratified = TRUE, progress = "none")
})

controls <- marker[outcome == 0]
cases <- marker[outcome == 1]
by_ranks <- seconds(function() {
  replicate(1000, {
    x <- sample(cases, replace = TRUE)
    y <- sample(controls, replace = TRUE)
    (sum(rank(c(x, y))[seq_along(x)]) - length(x) * (length(x) + 1) / 2) / length(x) / length(y)
  })
})
cat(sprintf("pROC %.4f s, rank-based R %.4f s\n", with_proc, by_ranks))
