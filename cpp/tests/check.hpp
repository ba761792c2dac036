// The few lines of a test framework that these tests need.
#pragma once

#include <cmath>
#include <cstdio>
#include <random>
#include <string>

#include "fastreg/core/types.hpp"

namespace check {

inline int failures = 0;

inline void that(bool holds, const std::string& what) {
    if (holds) return;
    ++failures;
    std::printf("FAILED: %s\n", what.c_str());
}

// Largest difference of two matrices of the same shape.
template <class A, class B>
void close(const A& actual, const B& expected, double tol, const std::string& what) {
    if (actual.rows() != expected.rows() || actual.cols() != expected.cols()) {
        that(false, what + ": shapes differ");
        return;
    }
    const double error = actual.size() ? (actual - expected).cwiseAbs().maxCoeff() : 0.0;
    that(error <= tol, what + ": differs by " + std::to_string(error));
}

// Entries of the standard normal distribution.
inline fastreg::Matrix random_matrix(fastreg::Index rows, fastreg::Index cols, unsigned seed) {
    std::mt19937 engine(seed);
    std::normal_distribution<double> normal;
    return fastreg::Matrix::NullaryExpr(rows, cols, [&] { return normal(engine); });
}

inline int report(const char* name) {
    std::printf("%s: %s\n", name, failures ? "FAILED" : "passed");
    return failures ? 1 : 0;
}

}  // namespace check
