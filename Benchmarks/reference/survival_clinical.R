# Writes survival_clinical.csv, made-up patients with clinical columns and times, and survival_clinical.json, what R's survival makes of them:
# hazard ratios of each column alone and of all together, and a Cox model of two features with all columns, for
# Tests/StatisticsTests/Survival/SurvivalClinicalReferenceTests.swift.
#
# Usage: Rscript survival_clinical.R survival_clinical.csv > survival_clinical.json
#
# Missing ages are left out of the tables of ratios, and take the median in the model. Needs R 4.2 with survival 3.5 and jsonlite.

suppressPackageStartupMessages({
  library(survival)
  library(jsonlite)
})

set.seed(5)
n <- 200
age <- round(runif(n, 40, 80), 1)
age[sample(n, 12)] <- NA
sex <- sample(c("female", "male"), n, TRUE)
x <- matrix(round(rnorm(n * 6), 4), n, dimnames = list(NULL, paste0("X", 1:6)))
grade <- x[, 2] + rnorm(n)
stage <- ifelse(grade < -0.5, "I", ifelse(grade < 0.6, "II", "III"))
hazard <- 0.03 * exp(0.7 * x[, 1] + 0.5 * x[, 2] + 0.02 * (ifelse(is.na(age), 60, age) - 60))
until <- rexp(n) / hazard
end <- runif(n, 6, 60)
time <- pmax(0.1, round(pmin(until, end), 1))
event <- as.numeric(until <= end)
write.csv(
  data.frame(Age = age, Sex = sex, Stage = stage, Time = time, Event = event, x), commandArgs(trailingOnly = TRUE)[1],
  row.names = FALSE, na = "", quote = FALSE)

sex <- factor(sex, levels = c("female", "male"))
stage <- factor(stage, levels = c("I", "II", "III"))
rows <- data.frame(time, event, Age = age, Sex = sex, Stage = stage)
exact <- coxph.control(eps = 1e-13, iter.max = 50, toler.chol = 1e-14)
cox <- function(columns, data) {
  coxph(as.formula(paste("Surv(time, event) ~", paste(columns, collapse = "+"))), data, ties = "efron", control = exact)
}

ratios <- function(columns) {
  data <- rows[complete.cases(rows[, columns, drop = FALSE]), ]
  full <- cox(columns, data)
  found <- summary(full)$coefficients
  list_of_rows <- list()
  for (column in columns) {
    rest <- setdiff(columns, column)
    null <- if (length(rest) == 0) full$loglik[1] else cox(rest, data)$loglik[2]
    levels <- if (column == "Age") "" else levels(data[[column]])[-1]
    p <- pchisq(2 * (full$loglik[2] - null), length(levels), lower.tail = FALSE)
    for (level in levels) {
      at <- found[length(list_of_rows) + 1, ]
      list_of_rows[[length(list_of_rows) + 1]] <- list(
        variable = column, level = level, coefficient = unname(at["coef"]), error = unname(at["se(coef)"]),
        p = unname(at["Pr(>|z|)"]), likelihoodRatioP = p, count = nrow(data), events = sum(data$event))
    }
  }
  list_of_rows
}

filled <- ifelse(is.na(age), median(age, na.rm = TRUE), age)
z <- scale(cbind(x[, 1:2], filled, sex == "male", stage == "II", stage == "III"))
fit <- coxph(Surv(time, event) ~ z, ties = "efron", control = exact)
cat(toJSON(
  list(
    generator = paste(R.version.string, "survival", packageVersion("survival")),
    univariable = c(ratios("Age"), ratios("Sex"), ratios("Stage")), multivariable = ratios(c("Age", "Sex", "Stage")),
    coefficients = unname(coef(fit)), errors = unname(sqrt(diag(vcov(fit))))),
  auto_unbox = TRUE, digits = 17, pretty = TRUE), "\n")
