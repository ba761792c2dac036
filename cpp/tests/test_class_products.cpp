// Products of columns with the vectors of their labels, against sums written out.
#include "fastreg/core/class_products.hpp"

#include <random>
#include <string>
#include <vector>

#include "check.hpp"
#include "fastreg/core/dot_products.hpp"

namespace {

using check::random_matrix;
using fastreg::ClassProducts;
using fastreg::ClassTerm;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::Vector;

constexpr Index n_labels = 5;

struct Fixture {
    Matrix X;
    std::vector<ClassTerm> terms;
    std::vector<Index> columns;  // of the terms
};

// Each column counts for each label with this probability.
Fixture draw(Index n, Index n_columns, double share) {
    Fixture f{random_matrix(n, n_columns, 1), {}, {}};
    std::mt19937 engine(static_cast<unsigned>(n + 1000 * n_columns));
    std::bernoulli_distribution counts(share);
    std::normal_distribution<double> normal;
    for (Index j = 0; j < n_columns; ++j)
        for (Index label = n_labels; label-- > 0;) {
            if (!counts(engine)) continue;
            f.terms.push_back({&f.X(0, j), label, normal(engine)});
            f.columns.push_back(j);
        }
    return f;
}

void test_products(Index n, Index n_columns, double share) {
    const Fixture f = draw(n, n_columns, share);
    const std::string name =
        std::to_string(n) + " x " + std::to_string(n_columns) + ", share " + std::to_string(share);
    const ClassProducts products(f.terms, n_labels);
    const Matrix start = random_matrix(n, n_labels, 2), R = random_matrix(n, n_labels, 3);
    Matrix sum = start, expected_sum = start;
    Vector dots(static_cast<Index>(f.terms.size())), expected_dots(dots.size());
    for (std::size_t t = 0; t < f.terms.size(); ++t) {
        const auto column = f.X.col(f.columns[t]);
        expected_sum.col(f.terms[t].label) += f.terms[t].factor * column;
        expected_dots[static_cast<Index>(t)] = column.dot(R.col(f.terms[t].label));
    }
    products.add(nullptr, sum);
    products.correlate(R, nullptr, dots.data());
    check::close(sum, expected_sum, 1e-12, name + ": add");
    check::close(dots, expected_dots, 1e-11, name + ": correlate");

    fastreg::ThreadPool pool(2);
    Matrix shared_sum = start;
    Vector shared_dots(dots.size());
    products.add(&pool, shared_sum);
    products.correlate(R, &pool, shared_dots.data());
    check::that(shared_sum == sum && shared_dots == dots, name + ": the same by two threads");
}

void test_dot_products(Index n) {
    const Matrix A = random_matrix(n, 7, 4), B = random_matrix(n, 7, 5);
    std::vector<const double*> a, b;
    for (Index j = 0; j < A.cols(); ++j) {
        a.push_back(&A(0, j));
        b.push_back(&B(0, j));
    }
    Vector together(A.cols()), alone(A.cols());
    fastreg::dot_products(a, b.data(), n, together.data());
    for (std::size_t j = 0; j < a.size(); ++j)
        fastreg::dot_products({&a[j], 1}, &b[j], n, &alone[static_cast<Index>(j)]);
    const Vector expected = A.cwiseProduct(B).colwise().sum().transpose();
    check::close(together, expected, 1e-12, "dot products of " + std::to_string(n));
    check::that(together == alone, "dot products don't depend on their company");
}

}  // namespace

int main() {
    for (Index n : {1, 7, 8, 9, 255, 256, 257, 600}) {
        test_dot_products(n);
        for (Index n_columns : {1, 3, 4, 5, 600})
            for (double share : {0.2, 1.0}) test_products(n, n_columns, share);
    }
    test_products(20, 3, 0.0);
    return check::report("class_products");
}
