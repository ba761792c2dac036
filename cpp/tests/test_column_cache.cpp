// Whatever comes and goes, the cache holds the standardised columns that it says it does.
#include "fastreg/screening/column_cache.hpp"

#include <algorithm>
#include <vector>

#include "fastreg/design/dense.hpp"

#include "check.hpp"

namespace {

using fastreg::Features;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::MatrixRef;
using fastreg::Vector;

void test_replace() {
    const Index n = 12, p = 20;
    const Matrix data = check::random_matrix(n, p, 1);
    const fastreg::DenseDesign dense(fastreg::DenseView::column_major(data.data(), n, p));
    const fastreg::StandardizedDesign X(dense, {}, {});
    fastreg::ColumnCache cache(X, 6);
    const Vector r = check::random_matrix(n, 1, 2).col(0);
    const std::vector<std::vector<Index>> contents{
        {3, 7, 9}, {0, 3, 9, 12, 13, 19}, {12, 13}, {1, 2, 12, 15, 16, 17}, {}};
    std::vector<Index> before;
    for (const std::vector<Index>& wanted : contents) {
        std::vector<Index> fetched;
        cache.replace(wanted, [&](Features missing, MatrixRef out) {
            fetched.assign(missing.begin(), missing.end());
            X.columns(missing, out);
        });
        for (Index j : fetched)
            check::that(std::find(before.begin(), before.end(), j) == before.end(),
                        "what is here is not fetched again");
        check::that(cache.features().size() == wanted.size(), "all that is wanted is here");
        const Vector products = cache.transpose_matvec(r);
        for (std::size_t k = 0; k < wanted.size(); ++k) {
            Matrix column(n, 1);
            X.columns(Features(cache.features()).subspan(k, 1), column);
            const double expected = column.col(0).dot(r);
            check::that(std::abs(products[static_cast<Index>(k)] - expected) < 1e-12,
                        "a product is that of its column");
            check::that(std::abs(cache.dot(cache.features()[k], r) - expected) < 1e-12,
                        "and so is a single one");
        }
        before = wanted;
    }
}

void test_columns() {
    const Index n = 5, p = 8;
    const Matrix data = check::random_matrix(n, p, 3);
    const fastreg::DenseDesign dense(fastreg::DenseView::column_major(data.data(), n, p));
    const fastreg::StandardizedDesign X(dense, {}, {});
    fastreg::ColumnCache cache(X, 2);
    cache.replace({2, 5}, [&](Features missing, MatrixRef out) { X.columns(missing, out); });
    const std::vector<Index> J{6, 5, 0, 2};
    Matrix expected(n, 4), found(n, 4);
    X.columns(J, expected);
    cache.columns(J, found);
    check::close(found, expected, 0.0, "columns that are here and columns that are not");
}

}  // namespace

int main() {
    test_replace();
    test_columns();
    return check::report("column_cache");
}
