# glmnet for the paths of bench/: reads arrays from .npy files (128 bytes of header each), writes
# the coefficients as three binary files and the intercepts as one, and prints wall seconds, CPU
# seconds, and the peak memory in kB before and after. Arguments: stem of the data's files, dense or
# sparse, n, p, a folder, l1_ratio, thresh, type.gaussian or type.logistic, family, 1 with an
# intercept, 1 if columns are to be standardised.
arguments <- commandArgs(TRUE)
suppressMessages({library(glmnet); library(Matrix)})
stem <- arguments[1]
n <- as.integer(arguments[3])
p <- as.integer(arguments[4])
folder <- arguments[5]
l1_ratio <- as.numeric(arguments[6])
tol <- as.numeric(arguments[7])

read_array <- function(part, what, count) {
  connection <- file(paste0(stem, "-", part, ".npy"), "rb")
  on.exit(close(connection))
  readBin(connection, "raw", 128)
  readBin(connection, what, count)
}
peak_kb <- function() {
  line <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
  as.integer(gsub("[^0-9]", "", line))
}
write_vector <- function(values, name) {
  connection <- file(file.path(folder, name), "wb")
  on.exit(close(connection))
  writeBin(values, connection)
}

if (arguments[2] == "sparse") {
  X <- new("dgCMatrix", i = read_array("indices", "integer", 1e8),
           p = read_array("indptr", "integer", 1e8),
           x = read_array("data", "double", 1e8), Dim = c(n, p))
} else {
  X <- read_array("X", "double", as.double(n) * p)
  dim(X) <- c(n, p)
}
y <- read_array("y", "double", n)
alphas <- readBin(file.path(folder, "alphas"), "double", 1e5)

family <- arguments[9]
if (family %in% c("binomial", "multinomial")) y <- factor(y)
method <- switch(family, gaussian = list(type.gaussian = arguments[8]), poisson = list(),
                 list(type.logistic = arguments[8]))

glmnet.control(fdev = 0, devmax = 0.999999999, mnlam = length(alphas))
before <- peak_kb()
start <- proc.time()
fit <- do.call(glmnet, c(list(X, y, family = family, alpha = l1_ratio, lambda = alphas,
                              standardize = arguments[11] == "1", intercept = arguments[10] == "1",
                              thresh = tol, maxit = 1e9), method))
spent <- proc.time() - start
peak <- peak_kb()
beta <- if (is.list(fit$beta)) do.call(rbind, fit$beta) else fit$beta  # one below the other
write_vector(beta@i, "indices")
write_vector(beta@p, "indptr")
write_vector(beta@x, "values")
write_vector(as.vector(fit$a0), "intercepts")
cat(spent[["elapsed"]], sum(spent[c("user.self", "sys.self")]), before, peak, "\n")
