# Writes survival_monotone.json: made-up patients with columns of which some have no finite hazard ratio, and of which of them coxph of
# R's survival, given that column alone, warns that its coefficient may be infinite or did not converge; for Tests/StatisticsTests/Survival/MonotoneLikelihoodTests.swift.
#
# Usage: Rscript survival_monotone.R > survival_monotone.json
#
# Needs R 4.2 with survival 3.5 and jsonlite.

suppressPackageStartupMessages({
  library(survival)
  library(jsonlite)
})

set.seed(16)
cohort <- function(number) {
  n <- 30
  time <- sample(1:60, n)
  event <- as.numeric(runif(n) < 0.5)
  event[order(time)[1:2]] <- 1
  last <- order(-time)
  # One censored patient who was at risk of an event; nobody else is of this level.
  censored <- last[which(event[last] == 0)[1]]
  columns <- list(
    one_censored = as.numeric(seq_len(n) == censored),
    no_event = as.numeric(event == 0 & runif(n) < 0.5),
    first_event = as.numeric(seq_len(n) == order(time)[1]),
    order = max(time) - time,
    number = round(rnorm(n), 2),
    level = rep(c(0, 1), length.out = n))
  infinite <- sapply(columns, function(column) {
    found <- FALSE
    withCallingHandlers(
      coxph(Surv(time, event) ~ column),
      warning = function(w) {
        if (grepl("infinite|did not converge", conditionMessage(w))) found <<- TRUE
        invokeRestart("muffleWarning")
      })
    found
  })
  list(time = time, event = event, columns = columns, infinite = as.list(infinite))
}
cat(toJSON(lapply(1:20, cohort), digits = NA, auto_unbox = TRUE), "\n")
