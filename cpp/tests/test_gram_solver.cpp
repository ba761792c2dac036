// Quadratic models: the product follows every step of a support, whatever stops it, and solutions are
// those of slow coordinate descent, from wherever they start.
#include "fastreg/solver/gram_solver.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <utility>

#include "check.hpp"

namespace {

using check::random_matrix;
using fastreg::Control;
using fastreg::CoordinatePenalty;
using fastreg::GramSolver;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::QuadraticModel;
using fastreg::Start;
using fastreg::Vector;

constexpr Index n = 60, p = 25, room = 30;

constexpr std::pair<Start, const char*> starts[] = {
    {Start::cold, ""}, {Start::warm, ", warm"}, {Start::near, ", near"}};

// With room to grow around the entries in use.
QuadraticModel example(double collinear) {
    Matrix X = random_matrix(n, p, 3);
    for (Index j = 1; j < p; ++j) X.col(j) += collinear * X.col(j - 1);
    const Vector y = 2.0 * X.col(0) - X.col(p - 1) + random_matrix(n, 1, 4);
    QuadraticModel model;
    model.size = p;
    model.gram = Matrix::Constant(room, room, 1e9);
    model.gram.topLeftCorner(p, p) = X.transpose() * X / static_cast<double>(n);
    model.linear = Vector::Constant(room, 1e9);
    model.linear.head(p) = X.transpose() * y / static_cast<double>(n);
    model.coef = model.product = Vector::Zero(room);
    model.constant = y.squaredNorm() / static_cast<double>(n);
    return model;
}

Vector coordinate_descent(QuadraticModel model, const std::vector<CoordinatePenalty>& penalty) {
    for (int sweep = 0; sweep < 100000; ++sweep) {
        double largest = 0.0;
        for (Index i = 0; i < p; ++i) {
            const double curvature = model.curvature(i), b = model.coef[i];
            const double step = penalty[static_cast<std::size_t>(i)].minimize(
                                    model.gradient(i) + curvature * b, curvature) -
                                b;
            model.move(i, step);
            largest = std::max(largest, std::abs(step));
        }
        if (largest < 1e-14) break;
    }
    return model.coef.head(p);
}

double product_error(const QuadraticModel& model) {
    const Vector product = model.gram.topLeftCorner(p, p) * model.coef.head(p);
    return (model.product.head(p) - product).lpNorm<Eigen::Infinity>();
}

// Between any two steps the product is that of the coefficients; from zeros and from far away.
void check_solution(const QuadraticModel& start, const std::vector<CoordinatePenalty>& penalty,
                    Start begin, const std::string& what) {
    for (double far : {0.0, 1.0, 50.0}) {
        QuadraticModel model = start;
        model.coef.head(p) = far * Vector::LinSpaced(p, -1.0, 1.0);
        for (Index i = 0; i < p; ++i)
            model.coef[i] = penalty[static_cast<std::size_t>(i)].clip(model.coef[i]);
        model.refresh_product();
        double worst = 0.0;
        Control control;
        control.interrupted = [&] {
            worst = std::max(worst, product_error(model));
            return false;
        };
        GramSolver solver;
        solver.set_penalty(model, penalty);
        const auto report = solver.solve(model, 1e-13, 100000, control, begin);
        check::that(worst <= 1e-11 * (1.0 + far), what + ": the product follows");
        // Without any penalty no dual point is feasible but 0.
        const bool free = std::any_of(penalty.begin(), penalty.end(), [](const auto& h) {
            return h.l1 == 0.0 && h.l2 == 0.0 && h.upper == fastreg::infinity;
        });
        check::that(free || report.gap <= 1e-13, what + ": certified");
        check::close(model.coef.head(p), coordinate_descent(start, penalty), 1e-6,
                     what + ": coefficients");
        for (Index i = 0; i < p; ++i) {
            const CoordinatePenalty& h = penalty[static_cast<std::size_t>(i)];
            check::that(h.clip(model.coef[i]) == model.coef[i], what + ": within the bounds");
        }
    }
}

void test_solutions() {
    for (double collinear : {0.0, 0.7}) {
        const QuadraticModel start = example(collinear);
        for (const auto& [begin, name] : starts)
            for (double l1 : {0.0, 0.1})
                for (double l2 : {0.0, 0.3}) {
                    std::vector<CoordinatePenalty> penalty(p, {.l1 = l1, .l2 = l2});
                    const std::string what =
                        "l1 " + std::to_string(l1) + ", l2 " + std::to_string(l2) + name;
                    check_solution(start, penalty, begin, what);
                    for (std::size_t j = 0; j < penalty.size(); j += 2) penalty[j].lower = 0.0;
                    for (std::size_t j = 0; j < penalty.size(); j += 3) penalty[j].upper = 0.05;
                    for (std::size_t j = 1; j < penalty.size(); j += 4) penalty[j].l2 = 0.7;
                    penalty[3].l1 = penalty[3].l2 = 0.0;
                    check_solution(start, penalty, begin, what + ", bounds and factors");
                }
    }
}

// Without an L1 term nothing stops at zero: a system is solved in one step from any signs.
void test_no_stop_at_zero() {
    QuadraticModel model = example(1.0);
    const std::vector<CoordinatePenalty> penalty(p, {.l1 = 0.0, .l2 = 0.2});
    const Matrix H = model.gram.topLeftCorner(p, p) + 0.2 * Matrix::Identity(p, p);
    const Vector expected = H.llt().solve(model.linear.head(p));
    model.coef.head(p) = -100.0 * expected;
    model.refresh_product();
    GramSolver solver;
    solver.set_penalty(model, penalty);
    const auto report = solver.solve(model, 1e-12, 1000, Control{}, Start::near);
    check::that(report.sweeps == 1 && report.gap <= 1e-12, "one step");
    check::close(model.coef.head(p), expected, 1e-10, "the solution of the system");
    // With one, a coefficient of the wrong sign ends at zero and another step follows.
    const std::vector<CoordinatePenalty> lasso(p, {.l1 = 0.05, .l2 = 0.2});
    solver.set_penalty(model, lasso);
    model.coef[2] = -model.coef[2];
    model.refresh_product();
    solver.solve(model, 1e-12, 1000, Control{}, Start::near);
    check::close(model.coef.head(p), coordinate_descent(model, lasso), 1e-6, "and then a lasso");
}

// The matrix may grow, and change after forget().
void test_changes() {
    QuadraticModel model = example(0.5);
    const std::vector<CoordinatePenalty> penalty(p, {.l1 = 0.02, .l2 = 0.01});
    const std::vector<CoordinatePenalty> fewer(penalty.begin(), penalty.begin() + 10);
    GramSolver solver;
    model.size = 10;
    solver.set_penalty(model, fewer);
    solver.solve(model, 1e-13, 1000, Control{}, Start::near);
    model.size = p;
    model.refresh_product();
    solver.set_penalty(model, penalty);
    check::that(solver.solve(model, 1e-13, 1000, Control{}, Start::near).gap <= 1e-13, "grown");
    check::close(model.coef.head(p), coordinate_descent(model, penalty), 1e-6, "grown");
    model.gram *= 3.0;
    model.refresh_product();
    solver.forget();
    check::that(solver.solve(model, 1e-13, 1000, Control{}, Start::near).gap <= 1e-13, "changed");
    check::close(model.coef.head(p), coordinate_descent(model, penalty), 1e-6, "changed");
}

}  // namespace

int main() {
    test_solutions();
    test_no_stop_at_zero();
    test_changes();
    return check::report("gram_solver");
}
