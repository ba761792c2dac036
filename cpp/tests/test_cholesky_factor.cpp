// The factor must equal a fresh factorisation after any sequence of appends and removals.
#include "fastreg/solver/cholesky_factor.hpp"

#include <Eigen/Dense>
#include <algorithm>

#include "check.hpp"

namespace {

using check::random_matrix;
using fastreg::CholeskyFactor;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::ShiftedGram;
using fastreg::Vector;

// Solves with the factor and compares with a dense solve on its members.
void check_solve(const CholeskyFactor& factor, const Matrix& H, const std::string& what) {
    const Index a = factor.size();
    Matrix part(a, a);
    for (Index r = 0; r < a; ++r)
        for (Index c = 0; c < a; ++c)
            part(r, c) = H(factor.members()[static_cast<std::size_t>(r)],
                           factor.members()[static_cast<std::size_t>(c)]);
    const Vector right = Vector::LinSpaced(a, -1.0, 2.0);
    Vector solution = right;
    factor.solve(solution);
    check::close(part * solution, right, 1e-9, what);
    for (Index r = 0; r < a; ++r)
        check::that(factor.contains(factor.members()[static_cast<std::size_t>(r)]),
                    what + ": contains");
}

void test_products() {
    const Index p = 150;
    const Matrix X = random_matrix(200, p, 5);
    const Matrix gram = X.transpose() * X / 200.0;
    const std::vector<double> shift(static_cast<std::size_t>(p), 0.5);
    CholeskyFactor factor;
    std::vector<Index> positions;
    positions.reserve(140);
    for (Index j = 0; j < 140; ++j) positions.push_back((j * 7) % p);
    factor.append(ShiftedGram{gram, shift}, positions);
    factor.remove(positions[3]);
    factor.remove(positions[70]);
    const Index a = factor.size();
    Matrix part(a, a);
    for (Index r = 0; r < a; ++r)
        for (Index c = 0; c < a; ++c)
            part(r, c) = gram(factor.members()[static_cast<std::size_t>(r)],
                              factor.members()[static_cast<std::size_t>(c)]) +
                         (r == c ? 0.5 : 0.0);
    const Vector x = Vector::LinSpaced(a, -1.0, 2.0);
    Vector out(a);
    factor.multiply(x, out);
    check::close(out, Vector(part * x), 1e-10, "multiply");
    for (Index r : {Index{0}, Index{63}, Index{64}, a - 1}) {
        factor.column(r, out);
        check::close(out, Vector(part.col(r)), 1e-12, "column");
    }
}

void test_appends_and_removals() {
    const Index p = 150;
    const Matrix X = random_matrix(200, p, 1);
    const Matrix gram = X.transpose() * X / 200.0;
    const std::vector<double> shift(static_cast<std::size_t>(p), 0.25);
    const ShiftedGram H{gram, shift};
    const Matrix shifted = gram + 0.25 * Matrix::Identity(p, p);

    CholeskyFactor factor;
    std::vector<Index> first;
    first.reserve(100);
    for (Index j = 0; j < 100; ++j) first.push_back((j * 37) % p);  // more than one block
    factor.append(H, first);
    check::that(factor.size() == 100, "all of the first appended");
    check_solve(factor, shifted, "after the first append");

    for (Index j : {first.front(), first.back(), first[50], first[51]}) {
        factor.remove(j);
        check::that(!factor.contains(j), "removed member is gone");
        check_solve(factor, shifted, "after a removal");
    }
    std::vector<Index> rest;
    for (Index j = 0; j < p; ++j)
        if (!factor.contains(j)) rest.push_back(j);
    factor.append(H, rest);
    check::that(factor.size() == p, "everything appended");
    check_solve(factor, shifted, "after the second append");
    while (factor.size() > 1)
        factor.remove(factor.members()[static_cast<std::size_t>(factor.size() / 2)]);
    check_solve(factor, shifted, "with one member left");
    factor.clear();
    factor.append(H, first);
    check_solve(factor, shifted, "after a rebuild");
    factor.clear();
    check::that(factor.size() == 0 && !factor.contains(first.front()), "cleared");
}

void test_dependent_columns_are_left_out() {
    Matrix X = random_matrix(40, 6, 2);
    X.col(2) = X.col(0);                         // duplicate
    X.col(4) = 2.0 * X.col(1) - 3.0 * X.col(3);  // linear combination
    X.col(5).setZero();
    const Matrix gram = X.transpose() * X / 40.0;
    const std::vector<double> shift(6, 0.0);
    CholeskyFactor factor;
    factor.append({gram, shift}, {0, 1, 2, 3, 4, 5});
    check::that(factor.members() == std::vector<Index>({0, 1, 3}),
                "members are the independent columns");
    check_solve(factor, gram, "without the dependent columns");
    factor.append({gram, shift}, {2});
    check::that(!factor.contains(2), "a duplicate is refused later, too");
    factor.remove(0);
    factor.append({gram, shift}, {2});
    check::that(factor.contains(2), "and accepted once its twin has left");
    check_solve(factor, gram, "with the twin");
}

void test_more_columns_than_rows() {
    const Matrix X = random_matrix(10, 30, 3);
    const Matrix gram = X.transpose() * X / 10.0;
    const std::vector<double> shift(30, 0.0);
    std::vector<Index> all(30);
    for (Index j = 0; j < 30; ++j) all[static_cast<std::size_t>(j)] = j;
    CholeskyFactor factor;
    factor.append({gram, shift}, all);
    check::that(factor.size() == 10, "the factor stops at the rank");
    check_solve(factor, gram, "at full rank");
}

}  // namespace

int main() {
    test_products();
    test_appends_and_removals();
    test_dependent_columns_are_left_out();
    test_more_columns_than_rows();
    return check::report("cholesky_factor");
}
