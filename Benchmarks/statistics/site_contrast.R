# One feature's relation to the outcome at each site against the other sites: reference values of
# Tests/StatisticsTests/SiteContrastTests.swift, with functions of base R alone.
#   Rscript Benchmarks/statistics/site_contrast.R

i <- 0:59
site <- i %% 3
case <- i %% 5 < 2
x <- (i * 7919) %% 1009 / 1009 + ifelse(case & site == 0, 0.9, 0) + ifelse(case & site == 2, -0.1, 0)

n1 <- tapply(case, site, sum)
n0 <- tapply(!case, site, sum)
auc <- sapply(0:2, function(s) {
  unname(wilcox.test(x[site == s & case], x[site == s & !case])$statistic) / prod(table(case[site == s]))
})
# Hanley and McNeil (1982), equation 1, once for the feature and once for its negative.
one_way <- function(a, n1, n0) {
  (a * (1 - a) + (n1 - 1) * (a / (2 - a) - a^2) + (n0 - 1) * (2 * a^2 / (1 + a) - a^2)) / (n1 * n0)
}
variance <- function(a, n1, n0) (one_way(a, n1, n0) + one_way(1 - a, n1, n0)) / 2
inner <- function(a, pairs) pmin(pmax(a, 0.5 / pairs), 1 - 0.5 / pairs)
w <- n1 * n0 / (n1 + n0 + 1)
common <- inner(weighted.mean(auc, w), sum(n1 * n0))
for (s in 1:3) {
  elsewhere <- weighted.mean(auc[-s], w[-s])
  v <- c(variance(common, n1[s], n0[s]),
    sum((w[-s] / sum(w[-s]))^2 * variance(common, n1[-s], n0[-s])))
  df <- c(n1[s] + n0[s] - 2, sum(n1[-s] + n0[-s] - 2))
  angle <- asin(sqrt(c(inner(auc[s], n1[s] * n0[s]), inner(elsewhere, sum(n1[-s] * n0[-s])))))
  t <- (angle[1] - angle[2]) / (sqrt(sum(v)) / (2 * sqrt(common * (1 - common))))
  p <- 2 * pt(-abs(t), sum(v)^2 / sum(v^2 / df))
  cat(sprintf("site %d: auc %.15g elsewhere %.15g t %.15g p %.15g\n", s - 1, auc[s], elsewhere, t, p))
}
# A feature that separates four and four subjects, against a thousand others where it tells nothing.
small <- c(variance(0.5, 4, 4), variance(0.5, 500, 500))
t <- (asin(sqrt(1 - 1 / 32)) - asin(sqrt(0.5))) / sqrt(sum(small))
cat(sprintf("four and four: p %.3g\n", 2 * pt(-t, sum(small)^2 / sum(small^2 / c(6, 998)))))
