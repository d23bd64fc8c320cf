# Writes survival_clinical.json: what R's survival makes of the tables and the split of the study in
# Tests/EndToEndTests/SurvivalClinicalTests.swift: hazard ratios of clinical columns, Cox models with them, and tests of Table 1.
#
# Usage: coordinator synthesize cohort --survival --subjects 240 --sites 3 --seed 20240607
#        coordinator local study.yaml --out report          # the study file of the test
#        Rscript survival_clinical.R cohort report > survival_clinical.json
#
# Of the report it takes who is in which part, and which features the models of features chose. Missing ages take the median of the
# training part in models, and are left out of tables.
#
# Needs R 4.2 with survival 3.5 and jsonlite.

suppressPackageStartupMessages({
  library(survival)
  library(jsonlite)
})

arguments <- commandArgs(trailingOnly = TRUE)
table <- read.csv(file.path(arguments[1], "survival.csv"), check.names = FALSE)
clinic <- read.csv(file.path(arguments[1], "clinic.csv"), check.names = FALSE)
clinic <- clinic[match(table$ID, clinic$ID), ]
predictions <- read.csv(file.path(arguments[2], "predictions.csv"), check.names = FALSE)
report <- fromJSON(file.path(arguments[2], "report.json"), simplifyDataFrame = FALSE)
own <- predictions[predictions$Model == "Clinical", ]
training <- own$Split[match(table$ID, own$ID)] == "training"
time <- table$MONTHS
event <- table$DEAD
sex <- factor(clinic$Sex, levels = c("female", "male"))
stage <- factor(clinic$Stage, levels = c("I", "II", "III"))
exact <- coxph.control(eps = 1e-13, iter.max = 50, toler.chol = 1e-14)

ratios <- function(columns) {
  data <- data.frame(time = time, event = event, Age = clinic$Age, Sex = sex, Stage = stage)[training, ]
  data <- data[complete.cases(data[, columns]), ]
  full <- coxph(as.formula(paste("Surv(time, event) ~", paste(columns, collapse = "+"))), data, ties = "efron", control = exact)
  found <- summary(full)$coefficients
  rows <- list()
  at <- 0
  for (column in columns) {
    rest <- setdiff(columns, column)
    null <- if (length(rest) == 0) full$loglik[1] else
      coxph(as.formula(paste("Surv(time, event) ~", paste(rest, collapse = "+"))), data, ties = "efron", control = exact)$loglik[2]
    levels <- if (column == "Age") "" else tail(levels(data[[column]]), -1)
    p <- pchisq(2 * (full$loglik[2] - null), length(levels), lower.tail = FALSE)
    for (level in levels) {
      at <- at + 1
      rows[[length(rows) + 1]] <- list(
        variable = column, level = level, coefficient = unname(found[at, "coef"]), error = unname(found[at, "se(coef)"]),
        p = unname(found[at, "Pr(>|z|)"]), likelihoodRatioP = p, count = nrow(data), events = sum(data$event))
    }
  }
  rows
}

age <- ifelse(is.na(clinic$Age), median(clinic$Age[training], na.rm = TRUE), clinic$Age)
columns <- list(
  "Age" = age, "Sex=male" = as.numeric(sex == "male"), "Stage=II" = as.numeric(stage == "II"),
  "Stage=III" = as.numeric(stage == "III"))

model <- function(name) {
  entry <- Filter(function(m) m$name == name, report$models)[[1]]
  names <- sapply(entry$features, function(f) f$name)
  x <- sapply(names, function(n) if (is.null(columns[[n]])) table[[n]] else columns[[n]])
  z <- scale(x, colMeans(x[training, ]), apply(x[training, ], 2, sd))
  fit <- coxph(Surv(time, event)[training] ~ z[training, ], ties = "efron", control = exact)
  lp <- as.numeric(z %*% coef(fit))
  now <- Surv(time[!training], event[!training])
  list(
    name = name, coefficients = unname(coef(fit)), errors = unname(sqrt(diag(vcov(fit)))),
    harrellTest = unname(concordance(now ~ lp[!training], reverse = TRUE)$concordance))
}

cat(toJSON(
  list(
    generator = paste(R.version.string, "survival", packageVersion("survival")),
    univariable = c(ratios("Age"), ratios("Sex"), ratios("Stage")), multivariable = ratios(c("Age", "Sex", "Stage")),
    models = lapply(c("Clinical", "Rad", "Both"), model),
    ageP = t.test(clinic$Age ~ event)$p.value, sexP = chisq.test(table(sex, event))$p.value,
    stageP = chisq.test(table(stage, event), correct = FALSE)$p.value),
  auto_unbox = TRUE, digits = 17, pretty = TRUE), "\n")
