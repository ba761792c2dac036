// Both solvers of a working set must end at the solution that slow coordinate descent finds, with a
// support below and above n, with and without L2 terms, bounds and dependent columns.
#include "fastreg/solver/support_solver.hpp"

#include <Eigen/Dense>
#include <numeric>

#include "check.hpp"
#include "fastreg/design/dense.hpp"
#include "fastreg/solver/coordinate_steps.hpp"

namespace {

using check::random_matrix;
using fastreg::CoordinatePenalty;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::ResidualModel;
using fastreg::Vector;

struct Example {
    Matrix X;
    Vector y;
    std::vector<CoordinatePenalty> penalty;
};

Example example(Index n, Index p, double l1, double l2) {
    Example out{random_matrix(n, p, 3), random_matrix(n, 1, 4), {}};
    out.y += 2.0 * out.X.col(0) - out.X.col(p - 1);
    out.penalty.assign(static_cast<std::size_t>(p), {.l1 = l1, .l2 = l2});
    return out;
}

Vector coordinate_descent(const Example& e) {
    const auto n = static_cast<double>(e.X.rows());
    Vector b = Vector::Zero(e.X.cols()), r = e.y;
    for (int sweep = 0; sweep < 20000; ++sweep) {
        double largest = 0.0;
        for (Index j = 0; j < b.size(); ++j) {
            const double curvature = e.X.col(j).squaredNorm() / n;
            const double z = e.X.col(j).dot(r) / n + curvature * b[j];
            const double step =
                e.penalty[static_cast<std::size_t>(j)].minimize(z, curvature) - b[j];
            b[j] += step;
            r -= step * e.X.col(j);
            largest = std::max(largest, std::abs(step));
        }
        if (largest < 1e-14) break;
    }
    return b;
}

// The model of an example: all of its features are members.
struct Fixture {
    explicit Fixture(const Example& e)
        : design(fastreg::DenseView::column_major(e.X.data(), e.X.rows(), e.X.cols())),
          view(design, Vector(), {.fit_intercept = false, .standardize = false}),
          model(view, e.y) {
        std::vector<Index> all(static_cast<std::size_t>(e.X.cols()));
        std::iota(all.begin(), all.end(), Index{0});
        model.add(all);
        model.penalty = e.penalty;
    }
    fastreg::DenseDesign design;
    fastreg::StandardizedDesign view;
    ResidualModel model;
};

double objective(const Example& e, const Vector& b) {
    double sum = 0.5 * (e.y - e.X * b).squaredNorm() / static_cast<double>(e.X.rows());
    for (Index j = 0; j < b.size(); ++j) sum += e.penalty[static_cast<std::size_t>(j)].value(b[j]);
    return sum;
}

void check_solution(const Example& e, const ResidualModel& model, double gap, double tol,
                    const std::string& what) {
    const Vector coef = model.coef.head(model.size());
    check::that(gap <= 1e-12, what + ": certified");
    check::that(std::abs(objective(e, coef) - objective(e, coordinate_descent(e))) <= 1e-11,
                what + ": objective");
    if (tol > 0.0) check::close(coef, coordinate_descent(e), tol, what + ": coefficients");
}

void check_both(const Example& e, double tol, const std::string& what) {
    const fastreg::Control control;
    {
        Fixture f(e);
        fastreg::SupportSolver solver;
        solver.set_penalty(f.model, e.penalty);
        check_solution(e, f.model, solver.solve(f.model, 1e-13, 100000, control).gap, tol,
                       what + ", support solver");
    }
    for (bool dual_fits : {false, true}) {
        Fixture f(e);
        fastreg::OrthantNewton solver;
        check_solution(e, f.model, solver.solve(f.model, 1e-13, 100000, dual_fits, control).gap,
                       tol, what + (dual_fits ? ", dual" : ", diagonal"));
    }
}

void test_solutions() {
    check_both(example(40, 20, 0.1, 0.0), 1e-6, "tall lasso");
    check_both(example(20, 60, 0.05, 0.05), 1e-6, "wide elastic net");
    check_both(example(10, 80, 0.001, 0.1), 1e-6, "support above n");
    Example bounded = example(10, 80, 0.001, 0.1);
    for (std::size_t j = 0; j < 80; j += 2) bounded.penalty[j].lower = 0.0;
    for (std::size_t j = 0; j < 80; j += 3) bounded.penalty[j].upper = 0.01;
    check_both(bounded, 1e-6, "bounds");
    Example unequal = example(10, 80, 0.001, 0.1);
    for (std::size_t j = 0; j < 80; ++j) unequal.penalty[j].l2 *= static_cast<double>(j % 5 + 1);
    check_both(unequal, 1e-6, "factors");
    Example doubled = example(30, 20, 0.05, 0.0);
    doubled.X.rightCols(10) = doubled.X.leftCols(10);
    check_both(doubled, 0.0, "duplicated columns");
}

// A path: the dual factor follows supports and L2 terms that change.
void test_path() {
    Example e = example(15, 100, 0.0, 0.0);
    Fixture f(e);
    fastreg::OrthantNewton solver;
    for (double alpha : {1.0, 0.5, 0.25, 0.2, 0.02, 0.3}) {
        for (std::size_t j = 0; j < 100; ++j) {
            const double strength = alpha * static_cast<double>(j % 3 + 1);
            e.penalty[j] = {.l1 = 0.05 * strength, .l2 = 0.95 * strength};
        }
        f.model.penalty = e.penalty;
        const double gap = solver.solve(f.model, 1e-13, 100000, true, fastreg::Control{}).gap;
        check_solution(e, f.model, gap, 1e-6, "alpha " + std::to_string(alpha));
    }
}

void test_dual_factor() {
    const Example e = example(12, 50, 0.1, 0.3);
    Fixture f(e);
    fastreg::DualFactor factor;
    std::vector<Index> A(40);
    std::iota(A.begin(), A.end(), Index{0});
    for (int round = 0; round < 3; ++round) {
        factor.update(f.model, A);
        const auto a = static_cast<Index>(A.size());
        Matrix columns(12, a);
        for (Index k = 0; k < a; ++k) columns.col(k) = e.X.col(A[static_cast<std::size_t>(k)]);
        const double l2 = f.model.h(0).l2;
        const Matrix H = columns.transpose() * columns / 12.0 + l2 * Matrix::Identity(a, a);
        const Vector right = Vector::LinSpaced(a, -1.0, 2.0);
        Vector solution;
        factor.solve(f.model, A, right, solution);
        check::close(H * solution, right, 1e-10, "dual factor");
        A.erase(A.begin() + 5, A.begin() + 8);
        A.push_back(41 + round);
        for (CoordinatePenalty& h : f.model.penalty) h.l2 *= 0.5;
    }
}

}  // namespace

int main() {
    test_solutions();
    test_path();
    test_dual_factor();
    return check::report("support_solver");
}
