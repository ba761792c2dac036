// Products of entries of 8 and 16 bits differ from those in float64 by their rounding alone, for
// every number of rows and columns, by both ways of packing.
#include "fastreg/core/tile_product.hpp"

#include "check.hpp"

namespace {

using check::random_matrix;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::TileBlock;
using fastreg::Vector;
using Parts = TileBlock::Parts;

struct Case {
    Index rows, columns;
    Parts parts;
    Index depth = 64;  // of a block

    std::string name() const {
        return std::to_string(rows) + " × " + std::to_string(columns) + ", " +
               (parts == Parts::one ? "one part" : "two parts");
    }
};

// Column-major (n × p) and the same by rows.
struct Data {
    Matrix by_column, by_row;
    Vector origin, scale, row_origin, row_scale;

    Data(Index n, Index p)
        : by_column(random_matrix(n, p, 1)),
          origin(random_matrix(p, 1, 2)),
          scale(random_matrix(p, 1, 3).cwiseAbs()),
          row_origin(random_matrix(n, 1, 4)),
          row_scale(random_matrix(n, 1, 5).cwiseAbs()) {
        by_column.rowwise() += 3.0 * origin.transpose();
        by_row = by_column.transpose();
    }

    Matrix packed(bool affine) const {
        if (!affine) return by_column;
        Matrix A = by_column.rowwise() - origin.transpose();
        A.colwise() -= row_origin;
        return row_scale.asDiagonal() * A * scale.asDiagonal();
    }
};

// Sums of a block of rows after another, into a matrix with more rows than that.
Eigen::MatrixXf product(const Data& data, const Case& c, bool affine, bool by_row) {
    const Index n = c.rows, p = c.columns;
    Eigen::MatrixXf out = Eigen::MatrixXf::Constant(p + 3, p, 1.0F);
    TileBlock block(std::min(c.depth, n), (p + TileBlock::width - 1) / TileBlock::width, c.parts);
    for (Index first = 0; first < n; first += c.depth) {
        TileBlock::Affine change;
        if (affine)
            change = {data.origin.data(), data.scale.data(), data.row_origin.data() + first,
                      data.row_scale.data() + first};
        block.set_depth(std::min(c.depth, n - first));
        if (by_row)
            block.pack_by_row(data.by_row.data() + first * p, p, p, change, 0);
        else
            block.pack_by_column(data.by_column.data() + first, n, p, change, 0);
        block.add_product(p, out.topRows(p));
    }
    check::that((out.bottomRows(3).array() == 1.0F).all(), c.name() + ": writes outside");
    return out.topRows(p).array() - 1.0F;
}

// An entry is rounded by 2⁻⁸ of it, or 2⁻¹⁶, and the product of two rests, 2⁻¹⁶, is left out.
// Sums in float32 add less.
void compare(const Eigen::MatrixXf& actual, const Matrix& A, const Case& c,
             const std::string& what) {
    const Matrix expected = A.transpose() * A, size = A.cwiseAbs().transpose() * A.cwiseAbs();
    const double relative = c.parts == Parts::one ? std::ldexp(1.0, -7) : std::ldexp(1.0, -14);
    for (Index j = 0; j < c.columns; ++j)
        for (Index i = 0; i <= j; ++i) {
            const double error = std::abs(static_cast<double>(actual(i, j)) - expected(i, j));
            check::that(error <= 1.01 * relative * size(i, j) + 1e-6,
                        what + ": entry (" + std::to_string(i) + ", " + std::to_string(j) +
                            ") differs by " + std::to_string(error));
        }
}

void test_case(const Case& c) {
    const Data data(c.rows, c.columns);
    for (bool affine : {false, true}) {
        const std::string what = c.name() + (affine ? ", affine" : "");
        const Matrix A = data.packed(affine);
        const Eigen::MatrixXf columns = product(data, c, affine, false),
                              rows = product(data, c, affine, true);
        compare(columns, A, c, what);
        const bool same = columns.triangularView<Eigen::Upper>().toDenseMatrix() ==
                          rows.triangularView<Eigen::Upper>().toDenseMatrix();
        check::that(same, what + ": packed by row the sums are others");
    }
}

// What bfloat16 holds comes out exact: nearest even, and the rest in the second part.
void test_rounding() {
    const auto square = [](double x, Parts parts) {
        TileBlock block(1, 1, parts);
        block.set_depth(1);
        block.pack_by_column(&x, 1, 1, {}, 0);
        Eigen::MatrixXf out = Eigen::MatrixXf::Zero(1, 1);
        block.add_product(1, out);
        return static_cast<double>(out(0, 0));
    };
    const double ulp = std::ldexp(1.0, -7);
    check::that(square(1.0 + ulp, Parts::one) == (1.0 + ulp) * (1.0 + ulp), "exact");
    check::that(square(1.0 + 0.5 * ulp, Parts::one) == 1.0, "a tie goes to even, down");
    check::that(square(-1.0 - 1.5 * ulp, Parts::one) == (1 + 2 * ulp) * (1 + 2 * ulp),
                "a tie goes to even, up");
    check::that(square(1.0 + 0.51 * ulp, Parts::one) == (1.0 + ulp) * (1.0 + ulp), "nearest");
    const double between = 1.0 + 0.25 * ulp;
    check::that(square(between, Parts::two) == between * between, "two parts");
}

// What is left out of two parts must not add up on the diagonal, where it has one sign: that would
// shift every eigenvalue by 3e-6 of the mean.
void test_squares() {
    const Index n = 2000, p = 40;
    const Matrix A = random_matrix(n, p, 8);
    TileBlock block(n, 2, Parts::two);
    block.set_depth(n);
    block.pack_by_column(A.data(), n, p, {}, 0);
    Eigen::MatrixXf out = Eigen::MatrixXf::Zero(p, p);
    block.add_product(p, out);
    const Vector norms = A.colwise().squaredNorm();
    const Vector error = out.diagonal().cast<double>().cwiseQuotient(norms).array() - 1.0;
    check::that(std::abs(error.mean()) <= 5e-7,
                "squares are off by " + std::to_string(1e6 * error.mean()) + "e-6");
}

// Panels packed by several calls meet one another.
void test_parts_of_columns() {
    const Index n = 40;
    const Matrix A = random_matrix(n, 64, 6), B = random_matrix(n, 5, 7);
    TileBlock block(n, 3, Parts::two);
    block.set_depth(n);
    block.pack_by_column(A.data(), n, 64, {}, 0);
    block.pack_by_column(B.data(), n, 5, {}, 2);
    Eigen::MatrixXf out = Eigen::MatrixXf::Zero(69, 69);
    block.add_product(69, out);
    Matrix both(n, 69);
    both << A, B;
    compare(out, both, {n, 69, Parts::two}, "two calls");
}

}  // namespace

int main() {
    if (!TileBlock::available()) std::printf("No matrix units here: plain C++ is tested alone.\n");
    for (Parts parts : {Parts::one, Parts::two}) {
        for (Index p : {1, 15, 16, 17, 31, 32, 33, 65})
            for (Index n : {1, 2, 31, 32, 33, 100}) test_case({n, p, parts});
        test_case({20, 700, parts, 32});
    }
    test_case({600, 600, Parts::two, 512});  // more panels than stay in the cache
    test_rounding();
    test_squares();
    test_parts_of_columns();
    return check::report("tile_product");
}
