// Products of the working set's columns, weighted, against dense matrices: gathered, in place, sparse,
// with threads, and over several blocks of rows.
#include "fastreg/solver/working_set.hpp"

#include "check.hpp"
#include "compressed.hpp"
#include "fastreg/design/dense.hpp"

namespace {

using check::random_matrix;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::StandardizedDesign;
using fastreg::Vector;
using fastreg::WorkingSet;

constexpr Index n = 1300, p = 90;

// The members, in the order of the positions: neither all nor sorted.
std::vector<Index> members() {
    std::vector<Index> features;
    for (Index k = 0; k < 70; ++k) features.push_back((k * 37 + 5) % p);
    return features;
}

void test_products(const StandardizedDesign& X, const std::string& name) {
    WorkingSet working_set(X);
    const std::vector<Index> features = members();
    // At once they would be too many to be gathered, one by one some are.
    for (const Index& feature : features) working_set.add({&feature, 1});
    const auto size = static_cast<Index>(features.size());
    Matrix columns(n, size);
    X.columns(features, columns);
    Vector weight = random_matrix(n, 1, 3).cwiseAbs();
    for (Index i = 0; i < n; i += 5) weight[i] = 0.0;
    const double tol = 1e-12;
    const Matrix gram = columns.transpose() * columns / static_cast<double>(n);
    const Matrix weighted =
        columns.transpose() * weight.asDiagonal() * columns / static_cast<double>(n);

    std::vector<Index> rows, cols, all;
    for (Index i = 0; i < size; ++i) (i % 3 ? rows : cols).push_back(size - 1 - i);
    for (Index i = 0; i < size; ++i) all.push_back((i * 3) % size);
    Matrix block(static_cast<Index>(rows.size()), static_cast<Index>(cols.size()));
    working_set.cross(rows, cols, block);
    check::close(block, gram(rows, cols), tol, name + ": cross");
    working_set.cross(rows, cols, block, &weight);
    check::close(block, weighted(rows, cols), tol, name + ": weighted cross");
    const double rough = 1e-5;
    if (!X.sparse()) {
        working_set.rough_cross(rows, cols, weight, block);
        check::close(block, weighted(rows, cols), rough, name + ": rough cross");
    }
    for (std::size_t count : {std::size_t{1}, std::size_t{8}, std::size_t{9}, all.size()}) {
        const fastreg::Features some(all.data(), count);
        const std::vector<Index> list(some.begin(), some.end());
        // A block of a larger matrix.
        Matrix room = Matrix::Constant(size + 3, size + 3, 7.0);
        const auto a = static_cast<Index>(count);
        working_set.sandwich(some, weight, room.topLeftCorner(a, a));
        const Matrix square = room.topLeftCorner(a, a);
        check::close(square, weighted(list, list), tol, name + ": sandwich");
        check::that(square == square.transpose(), name + ": both triangles are the same");
        check::that((room.rightCols(3).array() == 7.0).all(), name + ": and nothing beside it");
        if (X.sparse()) continue;
        Matrix near(a, a);
        working_set.rough_sandwich(some, weight, near);
        check::close(near, square, rough, name + ": rough sandwich");
        check::that(near == near.transpose(), name + ": its triangles are the same, too");
    }
}

}  // namespace

int main() {
    Matrix X = random_matrix(n, p, 1);
    X.col(5).array() += 1e2;
    Matrix holes = X;
    for (Index j = 0; j < p; ++j)
        for (Index i = 0; i < n; ++i)
            if ((i + j) % 3) holes(i, j) = 0.0;
    const check::Compressed compressed(holes);
    const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_row = X;
    const fastreg::DenseDesign dense(fastreg::DenseView::column_major(X.data(), n, p));
    const fastreg::DenseDesign rows(fastreg::DenseView::row_major(by_row.data(), n, p));
    const check::SparseDesign sparse(compressed.view());
    // So few entries that products are made by row, unless a mean is too large to subtract afterwards.
    Matrix few = X;
    for (Index j = 0; j < p; ++j)
        for (Index i = 0; i < n; ++i)
            if ((i + i / 12 + 7 * j) % 12) few(i, j) = 0.0;
    Matrix full = few;
    full.col(5) = X.col(5);
    const check::Compressed compressed_few(few), compressed_full(full);
    const check::SparseDesign sparser(compressed_few.view()), far(compressed_full.view());
    const Vector weights = fastreg::normalized_weight(random_matrix(n, 1, 2).cwiseAbs());
    fastreg::ThreadPool pool(2);
    for (const Vector& w : {Vector(), weights}) {
        test_products(StandardizedDesign(dense, w, {}), "column-major");
        test_products(StandardizedDesign(dense, w, {}, &pool), "threads");
        test_products(StandardizedDesign(rows, w, {}), "row-major");
        test_products(StandardizedDesign(sparse, w, {}), "sparse");
        test_products(StandardizedDesign(sparser, w, {}), "by row");
        test_products(StandardizedDesign(sparser, w, {.fit_intercept = false}), "by row as it is");
        test_products(StandardizedDesign(far, w, {}), "by row but for a mean");
        test_products(StandardizedDesign(sparser, w, {}, &pool), "by row, threads");
    }
    return check::report("working_set");
}
