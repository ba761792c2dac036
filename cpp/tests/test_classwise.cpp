// The design of several classes against the block-diagonal matrix that it stands for.
#include "fastreg/design/classwise.hpp"

#include "check.hpp"
#include "compressed.hpp"
#include "fastreg/design/dense.hpp"

namespace {

using check::random_matrix;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::Vector;

constexpr Index n = 40, p = 6, K = 3;

Matrix block_diagonal(const Matrix& X) {
    Matrix blocks = Matrix::Zero(K * n, K * p);
    for (Index k = 0; k < K; ++k) blocks.block(k * n, k * p, n, p) = X;
    return blocks;
}

void test_verbs(const fastreg::ClasswiseDesign& design, const Matrix& X, const std::string& name) {
    check::that(design.rows() == K * n && design.cols() == K * p, name + ": shape");
    const Matrix B = random_matrix(K * p, 2, 11), R = random_matrix(K * n, 2, 12);
    Matrix product(K * n, 2), correlation(K * p, 2);
    design.matvec(B, product);
    check::close(product, X * B, 1e-11, name + ": matvec");
    design.transpose_matvec(R, correlation);
    check::close(correlation, X.transpose() * R, 1e-11, name + ": transpose_matvec");

    const std::vector<Index> J{p + 2, 0, 2 * p + 5, p, 1, 2 * p + 2};
    const auto j = static_cast<Index>(J.size());
    const Matrix selected = X(Eigen::all, J);
    Matrix columns = Matrix::Constant(K * n, j, 7.0), some(j, 2), sandwich(j, j);
    design.columns(J, columns);
    check::close(columns, selected, 1e-13, name + ": columns");
    const Vector b = Vector::LinSpaced(j, 1.0, 2.0);
    Vector sum = Vector::Ones(K * n);
    design.add_matvec(J, b, sum);
    check::close(sum, Vector::Ones(K * n) + selected * b, 1e-12, name + ": add_matvec");
    design.transpose_matvec_columns(J, R, some);
    check::close(some, selected.transpose() * R, 1e-11, name + ": transpose_matvec_columns");

    const Vector weights = random_matrix(K * n, 1, 13).cwiseAbs(),
                 center = Vector::LinSpaced(j, -1.0, 1.0);
    const Matrix centred = selected.rowwise() - center.transpose();
    design.sandwich(weights, J, center, sandwich);
    check::close(sandwich, centred.transpose() * weights.asDiagonal() * centred, 1e-10,
                 name + ": sandwich");
    design.sandwich(Vector(), J, Vector(), sandwich);
    check::close(sandwich, selected.transpose() * selected, 1e-10, name + ": plain sandwich");
}

// The view that the solvers see changes nothing, but knows the squares and the excluded columns.
void test_view(const fastreg::ClasswiseDesign& design, const Matrix& X, const std::string& name) {
    const fastreg::StandardizedDesign view(design, Vector(),
                                           {.fit_intercept = false, .standardize = false});
    check::close(view.mean_square(),
                 X.colwise().squaredNorm().transpose() / static_cast<double>(K * n), 1e-13,
                 name + ": mean squares");
    for (Index k = 0; k < K; ++k)
        check::that(view.excluded(k * p + 4) && !view.excluded(k * p + 3),
                    name + ": constant columns are excluded in every class");
    check::that(view.scale()[0] == 1.0 && view.center().isZero(0.0), name + ": nothing is scaled");
    const Matrix R = random_matrix(K * n, 1, 14);
    Matrix correlation(K * p, 1);
    view.transpose_matvec(R, correlation);
    check::close(correlation, X.transpose() * R, 1e-11, name + ": pass");
    double cost = 0.0;
    for (Index j = 0; j < K * p; ++j) cost += design.column_cost(j);
    check::that(cost == design.pass_cost(), name + ": the columns cost what a pass does");
}

void test_all(const fastreg::Design& raw, const Vector& weights, const std::string& name) {
    const fastreg::StandardizedDesign X(raw, fastreg::normalized_weight(weights),
                                        {.fit_intercept = true, .standardize = true});
    Matrix dense(n, p);
    X.columns(std::vector<Index>{0, 1, 2, 3, 4, 5}, dense);
    dense.col(4).setZero();
    const fastreg::ClasswiseDesign design(X, K);
    test_verbs(design, block_diagonal(dense), name);
    test_view(design, block_diagonal(dense), name);
}

}  // namespace

int main() {
    Matrix X = random_matrix(n, p, 1);
    X.col(2).array() += 1e6;
    X.col(4).setConstant(0.1);
    Matrix holes = X;
    for (Index j = 0; j < p; ++j)
        for (Index i = 0; i < n; ++i)
            if (j != 4 && (i + j) % 3) holes(i, j) = 0.0;
    const check::Compressed compressed(holes);
    Vector weights = random_matrix(n, 1, 2).cwiseAbs();
    weights[3] = 0.0;
    for (const Vector& w : {Vector(), weights}) {
        test_all(fastreg::DenseDesign(fastreg::DenseView::column_major(X.data(), n, p)), w,
                 "dense");
        test_all(check::SparseDesign(compressed.view()), w, "sparse");
    }
    return check::report("classwise");
}
