// Predictions of some rows from some columns, for every storage.
#include "fastreg/design/predict_rows.hpp"

#include <numeric>

#include "fastreg/design/dense.hpp"

#include "check.hpp"
#include "compressed.hpp"

namespace {

using check::random_matrix;
using fastreg::DenseDesign;
using fastreg::DenseView;
using fastreg::Design;
using fastreg::Index;
using fastreg::Matrix;

using Indices = std::vector<Index>;

void compare(const Design& design, const Matrix& X, const Indices& rows, const Indices& J,
             const std::string& what) {
    const Matrix B = random_matrix(static_cast<Index>(J.size()), 3, 2);
    const Matrix expected = X(rows, J) * B;
    check::close(fastreg::predict_rows(design, rows, J, B), expected,
                 1e-13 * static_cast<double>(J.size() + 1), what);
}

void test_storages(Index n, Index p, const Indices& rows, const Indices& J) {
    Matrix X = random_matrix(n, p, 1);
    X = (X.array().abs() > 0.5).select(X, 0.0);
    const Matrix by_row = X.transpose();
    const check::Compressed sparse(X);
    const std::string what = std::to_string(rows.size()) + " rows, " + std::to_string(J.size()) +
                             " of " + std::to_string(p) + " columns";
    compare(DenseDesign(DenseView::column_major(X.data(), n, p)), X, rows, J, what + " F");
    compare(DenseDesign(DenseView::row_major(by_row.data(), n, p)), X, rows, J, what + " C");
    compare(check::SparseDesign(sparse.view()), X, rows, J, what + " sparse");
    // Rows and columns from the last to the first.
    const DenseView backwards{.data = reinterpret_cast<const std::byte*>(X.data() + X.size() - 1),
                              .type = fastreg::ScalarType::float64,
                              .rows = n,
                              .cols = p,
                              .row_stride = -Index{sizeof(double)},
                              .col_stride = -Index{sizeof(double)} * n};
    compare(DenseDesign(backwards), X.reverse(), rows, J, what + " reversed");
}

Indices every(Index first, Index step, Index end) {
    Indices out;
    for (Index k = first; k < end; k += step) out.push_back(k);
    return out;
}

}  // namespace

int main() {
    test_storages(200, 40, every(1, 3, 200), every(0, 1, 40));
    test_storages(200, 40, every(0, 1, 200), every(5, 2, 40));
    test_storages(200, 40, {199, 0, 7}, {39});
    test_storages(200, 40, {}, {3, 4});
    test_storages(50, 3, every(0, 2, 50), {});
    test_storages(900, 700, every(0, 2, 900), every(3, 1, 650));  // more than a block
    return check::report("predict_rows");
}
