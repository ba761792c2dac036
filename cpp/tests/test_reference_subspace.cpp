// The bounds must hold for every feature and be tight near the references.
#include "fastreg/screening/reference_subspace.hpp"

#include "check.hpp"

namespace {

using check::random_matrix;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::Vector;

// The largest error relative to its bound, over all features.
double worst_ratio(const Matrix& X, fastreg::ReferenceSubspace& references, const Vector& r) {
    Vector estimate(X.cols());
    references.project(r, estimate);
    const Vector error = (X.transpose() * r - estimate).cwiseAbs();
    double worst = 0.0;
    for (Index j = 0; j < X.cols(); ++j)
        worst = std::max(worst, error[j] / references.error_bound(j));
    return worst;
}

void test_bounds() {
    const Index n = 60, p = 200;
    const Matrix X = random_matrix(n, p, 1), R = random_matrix(n, 8, 2);
    fastreg::ReferenceSubspace references(n, X.colwise().squaredNorm().transpose(), 5);
    for (Index k = 0; k < R.cols(); ++k) {  // the sixth starts the subspace again
        references.add(R.col(k), X.transpose() * R.col(k));
        check::that(references.size() == k % 5 + 1, "a reference is added");
        for (Index t = 0; t < R.cols(); ++t)
            check::that(worst_ratio(X, references, R.col(t)) <= 1.0, "errors are within bounds");
        const Vector near = R.col(k) + 1e-8 * R.col((k + 1) % R.cols());
        check::that(worst_ratio(X, references, near) <= 1.0, "also near a reference");
        check::that(references.error_bound(0) < 1e-5, "where they are small");
    }
    const Index size = references.size();
    references.add(R.col(7), X.transpose() * R.col(7));
    check::that(references.size() == size, "a reference adds nothing twice");
}

void test_no_room() {
    const Matrix X = random_matrix(10, 4, 3);
    fastreg::ReferenceSubspace references(10, X.colwise().squaredNorm().transpose(), 0);
    references.add(X.col(0), X.transpose() * X.col(0));
    check::that(references.size() == 0, "without room nothing is added");
}

}  // namespace

int main() {
    test_bounds();
    test_no_room();
    return check::report("reference_subspace");
}
