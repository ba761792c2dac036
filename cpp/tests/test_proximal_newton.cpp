// The working set of a generalised linear model is solved to its gap, for every mix of penalties, and
// the solution satisfies the optimality conditions: recomputed here, by dense sums.
#include "fastreg/solver/proximal_newton.hpp"

#include <memory>
#include <numeric>

#include "check.hpp"
#include "compressed.hpp"
#include "fastreg/design/dense.hpp"
#include "fastreg/solver/coordinate_steps.hpp"

namespace {

using check::random_matrix;
using fastreg::Control;
using fastreg::CoordinatePenalty;
using fastreg::GlmModel;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::ProximalNewton;
using fastreg::Vector;

using Penalty = std::vector<CoordinatePenalty>;

struct Shape {
    bool binomial, sparse;
    Index n, p;
    double correlation;
    std::string name() const {
        return std::string(binomial ? "binomial" : "poisson") + (sparse ? ", sparse " : ", ") +
               std::to_string(n) + " x " + std::to_string(p);
    }
};

Matrix data(const Shape& s) {
    Matrix X = random_matrix(s.n, s.p, 5);
    for (Index j = 1; j < s.p; ++j) X.col(j) += s.correlation * X.col(j - 1);
    if (s.sparse)
        for (Index j = 0; j < s.p; ++j)
            for (Index i = 0; i < s.n; ++i)
                if ((i + j) % 3) X(i, j) = 0.0;
    return X;
}

// All features are members.
struct Fixture {
    explicit Fixture(const Shape& s) : X(data(s)), compressed(X), weight(s.n), columns(s.n, s.p) {
        if (s.sparse)
            design = std::make_unique<check::SparseDesign>(compressed.view());
        else
            design = std::make_unique<fastreg::DenseDesign>(
                fastreg::DenseView::column_major(X.data(), s.n, s.p));
        if (s.binomial)
            loss = std::make_unique<fastreg::BinomialLoss>();
        else
            loss = std::make_unique<fastreg::PoissonLoss>();
        for (Index i = 0; i < s.n; ++i) weight[i] = static_cast<double>(i % 4);
        weight = fastreg::normalized_weight(weight);
        view = std::make_unique<fastreg::StandardizedDesign>(*design, weight,
                                                             fastreg::StandardizeOptions{});
        std::vector<Index> all(static_cast<std::size_t>(s.p));
        std::iota(all.begin(), all.end(), Index{0});
        view->columns(all, columns);
        const Vector noise = random_matrix(s.n, 1, 6);
        Vector y(s.n);
        for (Index i = 0; i < s.n; ++i) {
            const double signal = columns(i, 0) - 0.5 * columns(i, 1) + noise[i];
            y[i] = s.binomial ? (signal > 0.0 ? 1.0 : 0.0) : std::floor(std::exp(0.5 * signal));
        }
        response = {.y = y, .weight = weight, .offset = 0.3 * noise, .fit_intercept = true};
        model = std::make_unique<GlmModel>(*view, *loss, response);
        model->add(all);
        solver = std::make_unique<ProximalNewton>();
    }
    fastreg::InnerReport solve(const Penalty& penalty, double tol) {
        solver->set_penalty(*model, penalty);
        return solver->solve(*model, tol, 100000, Control{});
    }
    Vector coef() const { return model->coef.head(model->size()); }

    Matrix X;
    check::Compressed compressed;
    Vector weight;
    Matrix columns;  // X̃
    std::unique_ptr<fastreg::Design> design;
    std::unique_ptr<fastreg::Loss> loss;
    std::unique_ptr<fastreg::StandardizedDesign> view;
    fastreg::Response response;
    std::unique_ptr<GlmModel> model;
    std::unique_ptr<ProximalNewton> solver;
};

// With y − μ of the linear predictor that the coefficients have, at the model's intercept.
Vector dense_gradient(const Fixture& f) {
    const auto n = static_cast<double>(f.X.rows());
    const Vector root = f.weight.cwiseSqrt();
    const Vector linear = f.columns * f.coef();
    Vector eta = f.response.offset.array() + f.model->intercept();
    for (Index i = 0; i < eta.size(); ++i)
        if (root[i] > 0.0) eta[i] += linear[i] / root[i];
    Vector residual(eta.size()), curvature(eta.size());
    f.loss->evaluate(f.response.y, f.weight, eta, residual, curvature);
    check::that(std::abs(residual.dot(f.weight)) <= 1e-10 * n, "the intercept is the best");
    return f.columns.transpose() * residual.cwiseProduct(root) / n;
}

// How far the negative gradient u is from the subgradients of h at b.
double violation(const CoordinatePenalty& h, double b, double u) {
    const double pull = u - h.l2 * b;
    if (b == h.lower && b == h.upper) return 0.0;
    double low = b > 0.0 ? h.l1 : -h.l1, high = b < 0.0 ? -h.l1 : h.l1;
    if (b == h.lower) low = -fastreg::infinity;
    if (b == h.upper) high = fastreg::infinity;
    return std::max({0.0, low - pull, pull - high});
}

void check_optimal(const Fixture& f, double tol, const std::string& what) {
    const Vector gradient = dense_gradient(f), coef = f.coef();
    check::close(f.model->gradient.head(coef.size()), gradient, 1e-10, what + ": gradient");
    double worst = 0.0;
    for (Index j = 0; j < coef.size(); ++j) {
        const CoordinatePenalty& h = f.model->h(j);
        check::that(h.clip(coef[j]) == coef[j], what + ": bounds");
        worst = std::max(worst, violation(h, coef[j], gradient[j]));
    }
    check::that(worst <= tol, what + ": optimality, off by " + std::to_string(worst));
}

Penalty elastic_net(Index p, double alpha, double l1_ratio) {
    return Penalty(static_cast<std::size_t>(p),
                   {.l1 = alpha * l1_ratio, .l2 = alpha * (1.0 - l1_ratio)});
}

// Downwards, each from where the last one ended: the matrix lags.
void test_path(const Shape& s, double l1_ratio, bool bounds) {
    Fixture f(s);
    for (double alpha : {0.3, 0.2, 0.1, 0.05, 0.02}) {
        Penalty penalty = elastic_net(s.p, alpha, l1_ratio);
        if (bounds) {
            for (std::size_t j = 0; j < penalty.size(); j += 2) penalty[j].lower = 0.0;
            for (std::size_t j = 1; j < penalty.size(); j += 3) penalty[j].upper = 0.05;
            penalty[2].l1 = penalty[2].l2 = 0.0;
        }
        const std::string what = s.name() + ", l1_ratio " + std::to_string(l1_ratio) + ", alpha " +
                                 std::to_string(alpha) + (bounds ? ", bounds" : "");
        const double gap = f.solve(penalty, 1e-13).gap;
        check::that(gap <= 1e-13, what + ": certified");
        check_optimal(f, 2e-6, what);
    }
}

// A start at once, a path, and one that starts from the solution of a smaller alpha meet.
void test_same_solution(const Shape& s, double l1_ratio) {
    const Penalty last = elastic_net(s.p, 0.03, l1_ratio);
    Fixture at_once(s), lagged(s), warm(s);
    at_once.solve(last, 1e-14);
    for (double alpha : {0.2, 0.12, 0.07, 0.04})
        lagged.solve(elastic_net(s.p, alpha, l1_ratio), 1e-6);
    lagged.solve(last, 1e-14);
    warm.solve(elastic_net(s.p, 0.01, l1_ratio), 1e-6);
    const auto report = warm.solve(last, 1e-14);
    check::close(lagged.coef(), at_once.coef(), 1e-5, s.name() + ": along a path");
    check::close(warm.coef(), at_once.coef(), 1e-5, s.name() + ": from below");
    check::that(std::abs(lagged.model->objective() - at_once.model->objective()) <= 1e-13,
                s.name() + ": objective along a path");
    check::that(std::abs(warm.model->objective() - at_once.model->objective()) <= 1e-13,
                s.name() + ": objective from below");
    check::that(report.gap <= 1e-14, s.name() + ": certified from below");
    const Vector before = warm.coef();
    const auto again = warm.solve(last, 1e-13);
    check::that(again.sweeps == 0 && warm.coef() == before, s.name() + ": nothing is left to do");
}

// Features that join at the same alpha, with coefficients to start from.
void test_growing(const Shape& s) {
    Fixture all(s), grown(s);
    const Penalty penalty = elastic_net(s.p, 0.05, 0.9);
    all.solve(penalty, 1e-14);
    GlmModel model(*grown.view, *grown.loss, grown.response);
    ProximalNewton solver;
    for (Index first = 0; first < s.p; first += 7) {
        std::vector<Index> more;
        for (Index j = first; j < std::min(first + 7, s.p); ++j) more.push_back(j);
        model.add(more);
        solver.set_penalty(model, Penalty(penalty.begin(), penalty.begin() + model.size()));
        model.coef[first] = 0.1;
        const double gap = solver.solve(model, 1e-14, 100000, Control{}).gap;
        check::that(gap <= 1e-14, s.name() + ": certified as it grows");
    }
    check::close(model.coef.head(s.p), all.coef(), 1e-5, s.name() + ": grown step by step");
}

// What has been reached when it is cut short is no worse than the start, and is described rightly.
void test_limits(const Shape& s) {
    Fixture f(s);
    const Penalty penalty = elastic_net(s.p, 0.01, 1.0);
    f.solver->set_penalty(*f.model, penalty);
    double last = fastreg::infinity;
    for (Index most = 0; most < 12; most += 3) {
        f.solver->solve(*f.model, 1e-13, most, Control{});
        f.model->refresh();
        check::that(f.model->objective() <= last, s.name() + ": every step descends");
        last = f.model->objective();
    }
    Control control;
    control.interrupted = [] { return true; };
    check::that(f.solver->solve(*f.model, 0.0, 100000, control).interrupted,
                s.name() + ": interrupted");
}

}  // namespace

int main() {
    const std::vector<Shape> shapes{{true, false, 120, 20, 0.5}, {false, false, 120, 20, 0.5},
                                    {true, true, 120, 20, 0.0},  {false, true, 120, 20, 0.0},
                                    {true, false, 60, 100, 1.0}, {false, true, 60, 100, 0.0}};
    for (const Shape& s : shapes) {
        for (double l1_ratio : {0.0, 0.5, 1.0}) {
            test_path(s, l1_ratio, false);
            test_path(s, l1_ratio, true);
            test_same_solution(s, l1_ratio);
        }
        test_growing(s);
        test_limits(s);
    }
    return check::report("proximal_newton");
}
