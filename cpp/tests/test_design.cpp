// The verbs of the designs against the matrices that they stand for.
#include <random>
#include <string>

#include "check.hpp"
#include "compressed.hpp"
#include "fastreg/design/dense.hpp"
#include "fastreg/design/standardized.hpp"

namespace {

using check::random_matrix;
using fastreg::DenseDesign;
using fastreg::DenseView;
using fastreg::Design;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::Vector;
using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr Index n = 700, p = 9;  // more rows than one block of the kernels

Vector random_weights() {
    std::mt19937 engine(5);
    std::uniform_int_distribution<int> integer(0, 3);
    Vector weights = Vector::NullaryExpr(n, [&] { return static_cast<double>(integer(engine)); });
    weights[0] = 0.0;
    weights[1] = 1.0;
    return weights;
}

void test_verbs(const Design& design, const Matrix& X, const std::string& name) {
    const Matrix B = random_matrix(p, 3, 11), R = random_matrix(n, 2, 12);
    Matrix product(n, 3), correlation(p, 2);
    design.matvec(B, product);
    check::close(product, X * B, 1e-15 * X.norm() * B.norm(), name + ": matvec");
    design.transpose_matvec(R, correlation);
    check::close(correlation, X.transpose() * R, 1e-15 * X.norm() * R.norm(),
                 name + ": transpose_matvec");

    const std::vector<Index> J{7, 0, 3};
    const Matrix selected = X(Eigen::all, J);
    Matrix columns(n, 3), sandwich(3, 3);
    design.columns(J, columns);
    check::close(columns, selected, 0.0, name + ": columns");
    const Vector b = Vector::LinSpaced(3, 1.0, 2.0);
    Vector sum = Vector::Ones(n);
    design.add_matvec(J, b, sum);
    check::close(sum, Vector::Ones(n) + selected * b, 1e-12, name + ": add_matvec");
    for (Index k : {Index{1}, Index{2}}) {
        Matrix some(3, k);
        design.transpose_matvec_columns(J, R.leftCols(k), some);
        check::close(some, selected.transpose() * R.leftCols(k), 1e-9,
                     name + ": transpose_matvec_columns");
    }
    const Vector weights = random_weights(), center = Vector::LinSpaced(3, -1.0, 1.0);
    const Matrix centred = selected.rowwise() - center.transpose();
    design.sandwich(weights, J, center, sandwich);
    check::close(sandwich, centred.transpose() * weights.asDiagonal() * centred, 1e-9,
                 name + ": sandwich");
    design.sandwich(Vector(), J, Vector(), sandwich);
    check::close(sandwich, selected.transpose() * selected, 1e-9, name + ": plain sandwich");
}

// Products with X and its transpose in one reading, against the two verbs.
void test_fused(const Design& design, const Matrix& X, const std::string& name) {
    const Vector weights = random_weights(), scale = Vector::LinSpaced(p, 0.0, 2.0),
                 center = X.colwise().mean();
    for (const Vector& c : {Vector(), center}) {
        const Matrix centred = c.size() ? Matrix(X.rowwise() - c.transpose()) : X;
        const double tol = 1e-12 * centred.norm() * X.norm();  // centred after the products
        for (Index k : {Index{1}, Index{3}}) {
            const Matrix A = random_matrix(n, k, 13), B = random_matrix(p, k, 14);
            Matrix outer(n, k), gram(p, k);
            design.outer_product(A, scale, c, outer);
            check::close(outer, centred * (scale.asDiagonal() * (centred.transpose() * A)), tol,
                         name + ": outer_product");
            design.gram_product(B, weights, c, gram);
            check::close(gram, centred.transpose() * (weights.asDiagonal() * (centred * B)), tol,
                         name + ": gram_product");
            design.gram_product(B, Vector(), c, gram);
            check::close(gram, centred.transpose() * (centred * B), tol,
                         name + ": plain gram_product");
        }
        check::close(design.row_squares(scale, c), centred.cwiseAbs2() * scale, tol,
                     name + ": row_squares");
    }
}

void test_entries(const Design& design, const Matrix& X, const std::string& name) {
    const std::vector<Index> J{7, 0, 3, 5};
    const Vector factor = Vector::LinSpaced(4, -1.0, 2.0);
    const auto dense = [](const fastreg::SparseColumns& columns) {
        Matrix out = Matrix::Zero(columns.rows(), columns.cols());
        for (Index j = 0; j < columns.cols(); ++j)
            columns.for_each_entry(j, [&](Index i, double x) { out(i, j) += x; });
        return out;
    };
    fastreg::SparseColumns columns = design.entries(J, factor);
    const Matrix expected = X(Eigen::all, J) * factor.asDiagonal();
    check::close(dense(columns), expected, 0.0, name + ": entries");
    const fastreg::SparseColumns by_row = columns.transposed();
    check::close(dense(by_row), expected.transpose(), 0.0, name + ": transposed entries");
    const Vector r = random_matrix(n, 1, 15);
    check::that(std::abs(columns.dot(2, r) - expected.col(2).dot(r)) <=
                    1e-12 * expected.col(2).norm() * r.norm(),
                name + ": product with a column's entries");
    Matrix gram(4, 4);
    columns.gram(by_row, gram);
    Matrix product = expected.transpose() * expected;
    product.triangularView<Eigen::StrictlyLower>().setZero();
    check::close(gram, product, 1e-12 * expected.squaredNorm(), name + ": Gram matrix of entries");
    columns.scale_rows(r);
    check::close(dense(columns), r.asDiagonal() * expected, 1e-12 * expected.norm() * r.norm(),
                 name + ": rows scaled");
}

void test_moments(const Design& design, const Matrix& X, const Vector& weights,
                  const std::string& name) {
    const auto moments = design.column_moments(weights);
    const Vector w = weights.size() ? weights : Vector(Vector::Ones(n));
    const Vector mean = X.transpose() * w / w.sum();
    const Matrix centred = X.rowwise() - mean.transpose();
    const Vector variance = centred.cwiseAbs2().transpose() * w / w.sum();
    check::close(moments.mean, mean, 1e-8, name + ": mean");
    check::close(moments.variance, variance, 1e-8, name + ": variance");
    check::that(moments.variance[4] == 0.0, name + ": a constant column has no variance at all");
}

void test_standardized(const Design& design, const Matrix& X, const Vector& weights,
                       const std::string& name) {
    const fastreg::StandardizedDesign view(design, fastreg::normalized_weight(weights),
                                           {true, true});
    const auto moments = design.column_moments(weights);
    Matrix expected = X.rowwise() - moments.mean.transpose();
    for (Index j = 0; j < p; ++j) {
        if (j == 4)
            expected.col(j).setZero();
        else
            expected.col(j) /= std::sqrt(moments.variance[j]);
    }
    if (weights.size())
        expected.array().colwise() *= fastreg::normalized_weight(weights).cwiseSqrt().array();
    check::that(view.excluded(4) && !view.excluded(0), name + ": the constant column is excluded");

    std::vector<Index> all(static_cast<std::size_t>(p));
    for (Index j = 0; j < p; ++j) all[static_cast<std::size_t>(j)] = j;
    Matrix columns(n, p), gram(p, p), product(n, 2), correlation(p, 2);
    view.columns(all, columns);
    check::close(columns, expected, 1e-9, name + ": view columns");
    view.sandwich(all, gram);
    check::close(gram, expected.transpose() * expected, 1e-8, name + ": view sandwich");
    const Vector ones = gram.diagonal() / static_cast<double>(n);
    check::close(ones, view.mean_square(), 1e-10, name + ": view mean square");
    const Matrix B = random_matrix(p, 2, 21), R = random_matrix(n, 2, 22);
    view.matvec(B, product);
    check::close(product, expected * B, 1e-8, name + ": view matvec");
    view.transpose_matvec(R, correlation);
    check::close(correlation, expected.transpose() * R, 1e-8, name + ": view transpose_matvec");
    const Vector factor = Vector::LinSpaced(p, 0.0, 2.0);
    const Matrix A = random_matrix(n, 2, 23);
    view.outer_product(A, factor, product);
    check::close(product, expected * (factor.asDiagonal() * (expected.transpose() * A)), 1e-7,
                 name + ": view outer_product");
    view.gram_product(B, correlation);
    check::close(correlation, expected.transpose() * (expected * B), 1e-7,
                 name + ": view gram_product");
    check::close(view.row_squares(factor), expected.cwiseAbs2() * factor, 1e-8,
                 name + ": view row_squares");
}

void test_response() {
    const Matrix X = random_matrix(n, p, 1);
    const DenseDesign design(DenseView::column_major(X.data(), n, p));
    const Vector weights = fastreg::normalized_weight(random_weights());
    const fastreg::StandardizedDesign view(design, weights, {true, true});
    Vector constant = Vector::Constant(n, 0.1);
    constant[0] = 5.0;  // its weight is 0
    const double mean = view.standardize_response(constant);
    check::that(mean == 0.1 && constant.isZero(0.0), "a constant response becomes exactly zero");
}

void test_all(const Design& design, const Matrix& X, const std::string& name) {
    test_verbs(design, X, name);
    test_fused(design, X, name);
    test_entries(design, X, name);
    for (const Vector& weights : {Vector(), random_weights()}) {
        test_moments(design, X, weights, name);
        test_standardized(design, X, weights, name);
    }
}

}  // namespace

int main() {
    Matrix X = random_matrix(n, p, 1);
    X.col(2).array() += 1e3;
    X.col(4).setConstant(0.1);
    Matrix far = X;
    far.col(6).array() += 1e7;  // so far that it is centred before a product
    const RowMatrix rows = far;
    test_all(DenseDesign(DenseView::column_major(far.data(), n, p)), far, "column-major");
    test_all(DenseDesign(DenseView::row_major(rows.data(), n, p)), far, "row-major");

    // Every second row and column, backwards: nothing of it is contiguous.
    Matrix wide = Matrix::Constant(2 * n, 2 * p, 1e9);
    for (Index j = 0; j < p; ++j)
        for (Index i = 0; i < n; ++i) wide(2 * (n - 1 - i), 2 * (p - 1 - j)) = X(i, j);
    const Index size = sizeof(double);
    const DenseView strided{
        .data = reinterpret_cast<const std::byte*>(&wide(2 * (n - 1), 2 * (p - 1))),
        .type = fastreg::ScalarType::float64,
        .rows = n,
        .cols = p,
        .row_stride = -2 * size,
        .col_stride = -2 * size * wide.rows()};
    test_all(DenseDesign(strided), X, "strided");

    const Eigen::MatrixXf single = X.cast<float>();
    DenseView floats{.data = reinterpret_cast<const std::byte*>(single.data()),
                     .type = fastreg::ScalarType::float32,
                     .rows = n,
                     .cols = p,
                     .row_stride = sizeof(float),
                     .col_stride = sizeof(float) * n};
    test_all(DenseDesign(floats), single.cast<double>(), "float32");

    Matrix holes = X;
    for (Index j = 0; j < p; ++j)
        for (Index i = 0; i < n; ++i)
            if (j != 4 && (i + j) % 3) holes(i, j) = 0.0;
    const check::Compressed compressed(holes);
    test_all(check::SparseDesign(compressed.view()), holes, "sparse");
    test_response();
    return check::report("design");
}
