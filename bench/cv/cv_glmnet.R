# Cross-validation by R's glmnet with given folds and grids.
#
# Arguments: stem of the data's files, a folder for input and output, n, p, family,
# thresh, threads. In the folder: alphas (those of a mix after the other), mixes, folds
# (a number for each row). Written to "found": mean scores, in the order of the alphas;
# the mix and the alpha chosen; coefficients of all rows there.

arguments <- commandArgs(trailingOnly = TRUE)
suppressMessages(library(glmnet))
stem <- arguments[1]
folder <- arguments[2]
n <- as.integer(arguments[3])
p <- as.integer(arguments[4])
family <- arguments[5]
tol <- as.numeric(arguments[6])
threads <- as.integer(arguments[7])

read_array <- function(part, count) {
  connection <- file(paste0(stem, "-", part, ".npy"), "rb")
  on.exit(close(connection))
  readBin(connection, "raw", 128)
  readBin(connection, "double", count)
}
read_vector <- function(name) readBin(file.path(folder, name), "double", 1e6)
peak_kb <- function() {
  line <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
  as.integer(gsub("[^0-9]", "", line))
}

X <- read_array("X", as.double(n) * p)
dim(X) <- c(n, p)
y <- read_array("y", n)
mixes <- read_vector("mixes")
alphas <- matrix(read_vector("alphas"), ncol = length(mixes))
folds <- read_vector("folds")
gaussian <- family == "gaussian"
response <- if (gaussian) y else factor(y)
common <- list(standardize = FALSE, intercept = gaussian, thresh = tol, maxit = 1e9)
common <- c(common, list(family = family))
common <- c(common, if (gaussian) list(type.gaussian = "naive") else list(type.logistic = "Newton"))

# glmnet's objective times the variance of y has the L2 part by its standard deviation s:
# these have lambda alpha = alphas mix and lambda (1 - alpha) / s = alphas (1 - mix).
fit_path <- function(rows, mix, alphas) {
  s <- if (gaussian) sqrt(mean((y[rows] - mean(y[rows]))^2)) else 1
  total <- mix + s * (1 - mix)
  do.call(glmnet, c(list(X[rows, ], response[rows], alpha = mix / total, lambda = total * alphas), common))
}
by_hand <- function() {
  tasks <- expand.grid(fold = sort(unique(folds)), mix = seq_along(mixes))
  one <- function(i) {
    out <- folds == tasks$fold[i]
    mix <- tasks$mix[i]
    fit <- fit_path(!out, mixes[mix], alphas[, mix])
    eta <- predict(fit, X[out, ])
    colMeans((y[out] - eta)^2)
  }
  found <- parallel::mclapply(seq_len(nrow(tasks)), one, mc.cores = threads)
  scores <- sapply(seq_along(mixes), function(mix) Reduce(`+`, found[tasks$mix == mix]))
  scores <- scores / length(unique(folds))
  best <- arrayInd(which.min(scores), dim(scores))
  fit <- fit_path(rep(TRUE, n), mixes[best[2]], alphas[seq_len(best[1]), best[2]])
  list(scores = scores, mix = mixes[best[2]], alpha = alphas[best[1], best[2]],
       coef = fit$beta[, best[1]])
}
by_glmnet <- function() {
  measure <- if (gaussian) "mse" else "deviance"
  do.call(cv.glmnet, c(list(X, response, lambda = alphas[, 1], foldid = folds,
                            type.measure = measure, keep = !gaussian), common))
}

glmnet.control(fdev = 0, devmax = 0.999999999, mnlam = nrow(alphas))
hand <- gaussian && (length(mixes) > 1 || threads > 1)
before <- peak_kb()
start <- proc.time()
fit <- if (hand) by_hand() else by_glmnet()
spent <- proc.time() - start
peak <- peak_kb()
if (!hand) {
  scores <- fit$cvm
  # cv.glmnet keeps probabilities away from 0 and 1 in its deviance; these are not.
  if (!gaussian) scores <- colMeans(log1p(exp((1 - 2 * y) * fit$fit.preval)))
  alpha <- if (gaussian) fit$lambda.min else alphas[which.min(scores), 1]
  fit <- list(scores = scores, mix = 1, alpha = alpha,
              coef = as.vector(coef(fit$glmnet.fit, s = fit$lambda.min))[-1])
}
connection <- file(file.path(folder, "found"), "wb")
writeBin(c(as.vector(fit$scores), fit$mix, fit$alpha, as.vector(fit$coef)), connection)
close(connection)
cpu <- sum(spent[c("user.self", "sys.self", "user.child", "sys.child")])
cat(spent[["elapsed"]], cpu, before, peak, "\n")
