# Reads a CSV of fold, y and features (columns in this order); prints lambda.min of cv.glmnet on these folds and the
# features that are not zero there, one a line.
suppressMessages(library(glmnet))
table <- as.matrix(read.csv(commandArgs(TRUE)[1], check.names = FALSE))
fit <- cv.glmnet(table[, -(1:2), drop = FALSE], table[, 2], family = "binomial", foldid = table[, 1])
cat(sprintf("%.17g\n", fit$lambda.min))
beta <- coef(fit, s = "lambda.min")[-1, 1]
cat(names(beta)[beta != 0], sep = "\n")
