// Statistics by panels are those of the definition, for every storage and number of columns.
#include "fastreg/gram/gram_stats.hpp"

#include "fastreg/design/csc.hpp"
#include "fastreg/design/dense.hpp"

#include "check.hpp"

namespace {

using check::random_matrix;
using fastreg::DenseDesign;
using fastreg::DenseView;
using fastreg::Design;
using fastreg::GramStats;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::Vector;

void compare(const Design& design, const Matrix& X, const Matrix& Y, const Vector& weight,
             const std::string& what) {
    const GramStats stats = *fastreg::gram_stats(design, Y, weight, {});
    const Vector w = weight.size() ? weight : Vector(Vector::Ones(X.rows()));
    const Vector x_mean = X.transpose() * w / w.sum(), y_mean = Y.transpose() * w / w.sum();
    const Matrix x = X.rowwise() - x_mean.transpose(), y = Y.rowwise() - y_mean.transpose();
    const double tol = 1e-12 * static_cast<double>(X.rows());
    check::close(stats.x_mean, x_mean, 1e-12, what + ", x_mean");
    check::close(stats.y_mean, y_mean, 1e-12, what + ", y_mean");
    check::close(stats.gram, x.transpose() * w.asDiagonal() * x, tol, what + ", gram");
    check::close(stats.xty, x.transpose() * w.asDiagonal() * y, tol, what + ", xty");
    check::close(stats.yty, (y.transpose() * w.asDiagonal() * y).diagonal(), tol, what + ", yty");
    check::that(stats.gram == stats.gram.transpose(), what + ": symmetric to the bit");
}

void test_dense(Index n, Index p, Index m) {
    const Matrix X = random_matrix(n, p, 1), Y = random_matrix(n, m, 2);
    const Matrix by_row = X.transpose();
    Vector weight = random_matrix(n, 1, 3).cwiseAbs();
    weight[0] = 0.0;
    const std::string what = std::to_string(n) + " × " + std::to_string(p);
    for (const Vector& w : {Vector(), weight}) {
        compare(DenseDesign(DenseView::column_major(X.data(), n, p)), X, Y, w, what + " F");
        compare(DenseDesign(DenseView::row_major(by_row.data(), n, p)), X, Y, w, what + " C");
    }
}

// Entries of float32, which are converted block by block.
void test_converted() {
    const Index n = 600, p = 19;
    const Eigen::MatrixXf values = random_matrix(n, p, 4).cast<float>();
    const DenseView view{.data = reinterpret_cast<const std::byte*>(values.data()),
                         .type = fastreg::ScalarType::float32,
                         .rows = n,
                         .cols = p,
                         .row_stride = sizeof(float),
                         .col_stride = sizeof(float) * n};
    compare(DenseDesign(view), values.cast<double>(), random_matrix(n, 1, 5), {}, "float32");
}

// A sparse matrix goes through its verbs.
void test_sparse() {
    const Index n = 50, p = 37;
    Matrix X = random_matrix(n, p, 6);
    X = (X.array() > 0.8).select(X, 0.0);
    std::vector<double> values;
    std::vector<std::int32_t> indices, indptr{0};
    for (Index j = 0; j < p; ++j) {
        for (Index i = 0; i < n; ++i) {
            if (X(i, j) == 0.0) continue;
            values.push_back(X(i, j));
            indices.push_back(static_cast<std::int32_t>(i));
        }
        indptr.push_back(static_cast<std::int32_t>(values.size()));
    }
    const fastreg::CscDesign<double, std::int32_t> design(
        {values.data(), indices.data(), indptr.data(), n, p});
    compare(design, X, random_matrix(n, 2, 7), random_matrix(n, 1, 8).cwiseAbs(), "sparse");
}

}  // namespace

int main() {
    for (Index p : {1, 3, 4, 7, 8, 23, 33}) test_dense(300, p, 1);
    for (Index m : {1, 2, 7, 9}) test_dense(70, 6, m);
    test_dense(9000, 11, 2);  // more than a chunk
    test_dense(20, 530, 1);   // deeper blocks, more panels than stay in the cache
    test_converted();
    test_sparse();
    return check::report("gram_stats");
}
