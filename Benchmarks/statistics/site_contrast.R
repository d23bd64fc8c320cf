# One feature's relation to the outcome at each site against the other sites: reference values of
# Tests/StatisticsTests/SiteContrastTests.swift, with functions of base R alone.
#   Rscript Benchmarks/statistics/site_contrast.R

i <- 0:59
site <- i %% 3
case <- i %% 5 < 2
x <- (i * 7919) %% 1009 / 1009 + ifelse(case & site == 0, 0.9, 0) + ifelse(case & site == 2, -0.1, 0)

aligned <- x
for (s in 0:2) {
  fit <- lm(x ~ case, subset = site == s)
  aligned[site == s] <- (x[site == s] - coef(fit)[1] - coef(fit)[2] / 2) / summary(fit)$sigma
}
scores <- qnorm(rank(aligned) / (length(aligned) + 1))
# Within-site AUC: wilcox.test's W over the number of pairs.
auc <- sapply(0:2, function(s) {
  a <- x[site == s & case]; b <- x[site == s & !case]
  unname(wilcox.test(a, b)$statistic) / (length(a) * length(b))
})
pairs <- sapply(0:2, function(s) sum(site == s & case) * sum(site == s & !case))
for (s in 0:2) {
  # Slopes, residual variances: lm within the site, and over the others with one intercept a site. The variance within
  # outcomes of the others leaves each of them its own slope.
  here <- summary(lm(scores ~ case, subset = site == s))
  common <- lm(scores ~ factor(site) + case, subset = site != s)
  own <- summary(lm(scores ~ factor(site) * case, subset = site != s))
  unscaled <- summary(common)$cov.unscaled["caseTRUE", "caseTRUE"]
  v <- c(here$coefficients["caseTRUE", "Std. Error"]^2, own$sigma^2 * unscaled)
  df <- c(here$df[2], own$df[2])
  t <- (here$coefficients["caseTRUE", "Estimate"] - coef(common)["caseTRUE"]) / sqrt(sum(v))
  p <- 2 * pt(-abs(t), sum(v)^2 / sum(v^2 / df))
  cat(sprintf("site %d: auc %.15g elsewhere %.15g t %.15g p %.15g\n", s, auc[s + 1],
    weighted.mean(auc[-(s + 1)], pairs[-(s + 1)]), t, p))
}
p <- c(0.00001, 0.2, 0.03, 0.0004)
cat("holm, doubled:", sprintf("%.15g", pmin(1, 2 * p.adjust(p, "holm"))), "\n")
