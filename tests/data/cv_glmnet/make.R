# Numbers of cv.glmnet for tests/test_cv_glmnet.py; run in this folder: Rscript make.R
#
# The strengths are given: otherwise cv.glmnet makes a grid for every fold and interpolates.
library(glmnet)
glmnet.control(fdev = 0, devmax = 0.999999)

n <- 90
p <- 15
set.seed(1)
x <- round(matrix(rnorm(n * p), n, p) %*% diag(seq(0.5, 3, length.out = p)) + 2, 3)
eta <- x[, 1] - 0.5 * x[, 4] + 0.3 * x[, 9] - mean(x[, 1] - 0.5 * x[, 4] + 0.3 * x[, 9])
weight <- round(runif(n, 0.2, 3), 2)
foldid <- sample(rep(1:6, length.out = n))
y <- list(
  gaussian = round(5 + eta + 1.5 * rnorm(n), 3),
  binomial = rbinom(n, 1, plogis(1.2 * eta))
)
lambda <- list(
  gaussian = signif(exp(seq(log(1.2), log(0.004), length.out = 40)), 5),
  binomial = signif(exp(seq(log(0.35), log(0.004), length.out = 40)), 5)
)
mix <- list(gaussian = 1, binomial = 0.5)
write <- function(values, name) {
  write.table(values, name, sep = ",", row.names = FALSE, quote = FALSE)
}

write(data.frame(x, weight = weight, foldid = foldid, y), "data.csv")
for (family in names(y)) {
  fit <- cv.glmnet(x, y[[family]],
    weights = weight, foldid = foldid, family = family, alpha = mix[[family]],
    lambda = lambda[[family]], thresh = 1e-14, maxit = 1e7
  )
  curve <- data.frame(
    lambda = fit$lambda, cvm = fit$cvm, cvsd = fit$cvsd,
    is_min = as.integer(fit$lambda == fit$lambda.min),
    is_1se = as.integer(fit$lambda == fit$lambda.1se)
  )
  write(curve, paste0(family, ".csv"))
}
cat(R.version.string, "glmnet", format(packageVersion("glmnet")), "\n", file = "versions.txt")
