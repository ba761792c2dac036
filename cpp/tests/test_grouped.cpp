// The penalty of groups against its definitions, and the solver of several classes with it against
// the conditions of optimality, for dense and sparse X, with and without weights and intercepts.
#include "fastreg/solver/grouped_solver.hpp"

#include <Eigen/LU>
#include <memory>

#include "check.hpp"
#include "compressed.hpp"
#include "fastreg/design/classwise.hpp"
#include "fastreg/design/dense.hpp"
#include "fastreg/penalty/alpha_max.hpp"

namespace {

using check::random_matrix;
using fastreg::GroupPenalty;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::Vector;

void test_penalty() {
    const Vector b = random_matrix(4, 1, 1), direction = random_matrix(4, 1, 2).normalized();
    const Matrix other = random_matrix(4, 3000, 3);
    for (const double l2 : {0.0, 0.7})
        for (const double size : {0.3, 0.999, 1.0, 2.5}) {
            const GroupPenalty h{.l1 = 1.0, .l2 = l2};
            const Vector u = size * direction;
            const auto value = [&](const Vector& x) {
                return x.norm() + 0.5 * l2 * x.squaredNorm();
            };
            if (l2 == 0.0 && size > 1.0) {
                check::that(std::abs(h.feasible_scale(u.norm(), 1.0) * size - 1.0) <= 1e-15,
                            "the scaled dual point is on the ball");
                continue;
            }
            const double excess = std::max(0.0, size - 1.0);
            const double conjugate = l2 > 0.0 ? 0.5 * excess * excess / l2 : 0.0;
            check::that(
                std::abs(h.fenchel_young(b, u) - (value(b) + conjugate - u.dot(b))) <= 1e-14,
                "Fenchel-Young gap");
            for (Index k = 0; k < other.cols(); ++k)
                if (u.dot(other.col(k)) - value(other.col(k)) > conjugate + 1e-14)
                    check::that(false, "the conjugate is the largest");
            // z times the shrinkage is where the derivative of the penalised square vanishes.
            const Vector best = h.shrinkage(3.0 * size, 2.0) * 3.0 * u;
            if (best.norm() > 0.0)
                check::close(2.0 * best + best.normalized() + l2 * best, 3.0 * u, 1e-14,
                             "proximal step");
            else
                check::that(3.0 * size <= 1.0, "a short pull leaves zero");
        }
}

constexpr Index n = 80, p = 12, K = 4;

struct Case {
    bool weighted, intercept, sparse, free;
    double l1_ratio;
    std::string name() const {
        return std::string("grouped") + (weighted ? ", weights" : "") +
               (intercept ? ", intercepts" : "") + (sparse ? ", sparse" : "") +
               (free ? ", one without a penalty" : "") + ", l1_ratio " + std::to_string(l1_ratio);
    }
};

struct Fixture {
    explicit Fixture(const Case& c) : X(data()), compressed(X), Y(responses(X)) {
        Vector weight;
        if (c.weighted) weight = fastreg::normalized_weight(random_matrix(n, 1, 2).cwiseAbs());
        if (c.sparse)
            design = std::make_unique<check::SparseDesign>(compressed.view());
        else
            design = std::make_unique<fastreg::DenseDesign>(
                fastreg::DenseView::column_major(X.data(), n, p));
        single = std::make_unique<fastreg::StandardizedDesign>(
            *design, weight,
            fastreg::StandardizeOptions{.fit_intercept = c.intercept, .standardize = true});
        blocks = std::make_unique<fastreg::ClasswiseDesign>(*single, K);
        all = std::make_unique<fastreg::StandardizedDesign>(
            *blocks, Vector(),
            fastreg::StandardizeOptions{.fit_intercept = false, .standardize = false});
        model = std::make_unique<fastreg::MultinomialModel>(*all, *single, Y, c.intercept);
        penalty.l1_ratio = c.l1_ratio;
        penalty.factor = Vector::Constant(p, 1.0 / static_cast<double>(K));
        penalty.factor[1] *= 2.0;
        if (c.free) penalty.factor[3] = 0.0;
        solver = std::make_unique<fastreg::GroupedSolver>(*all, *model, penalty);
    }

    static Matrix data() {
        Matrix X = random_matrix(n, p, 1);
        for (Index j = 0; j < p; ++j)
            for (Index i = 0; i < n; ++i) X(i, j) = (i + j) % 3 == 0 ? 0.0 : X(i, j) + 0.5;
        return X;
    }
    static Matrix responses(const Matrix& X) {
        const Matrix score = X.leftCols(K) + 2.0 * random_matrix(n, K, 7);
        Matrix Y = Matrix::Zero(n, K);
        for (Index i = 0; i < n; ++i) {
            Index best = 0;
            score.row(i).maxCoeff(&best);
            Y(i, best) = 1.0;
        }
        return Y;
    }
    Matrix coef() const {
        Vector stacked = Vector::Zero(K * p);
        solver->for_each_coefficient([&](Index j, double b) { stacked[j] = b; });
        return stacked.reshaped(p, K).transpose();
    }
    // x̃_jᵀ residual / n of the stacked design, classes × features
    Matrix correlation() const {
        Matrix out(K * p, 1);
        all->transpose_matvec(model->residual(), out);
        return out.reshaped(p, K).transpose() / static_cast<double>(K * n);
    }

    Matrix X;
    check::Compressed compressed;
    Matrix Y;
    std::unique_ptr<fastreg::Design> design;
    std::unique_ptr<fastreg::StandardizedDesign> single;
    std::unique_ptr<fastreg::ClasswiseDesign> blocks;
    std::unique_ptr<fastreg::StandardizedDesign> all;
    std::unique_ptr<fastreg::MultinomialModel> model;
    fastreg::ElasticNetPenalty penalty;
    std::unique_ptr<fastreg::GroupedSolver> solver;
};

void test_solutions(const Case& c) {
    const Fixture f(c);
    fastreg::Control control{.tol = 1e-13};
    f.solver->solve_null(control);
    const double first = fastreg::alpha_max(f.solver->correlation(), f.penalty);
    check::that(first > 0.0 && first < fastreg::infinity, c.name() + ": alpha_max");
    Index last_support = 0;
    for (const double share : {1.0 + 1e-6, 0.5, 0.1, 0.02}) {
        const double alpha = share * first;
        const fastreg::PointReport report = f.solver->solve(alpha, control);
        check::that(report.status == fastreg::Status::converged && report.dual_gap <= control.tol,
                    c.name() + ": converges");
        const Matrix b = f.coef(), u = f.correlation();
        Index support = 0;
        for (Index j = 0; j < p; ++j) {
            const fastreg::CoordinatePenalty h = f.penalty.at(alpha, j);
            if (b.col(j).isZero(0.0)) {
                check::that(u.col(j).norm() <= h.l1 * (1.0 + 1e-9) + 1e-12,
                            c.name() + ": what is at zero isn't pulled");
                continue;
            }
            ++support;
            check::that((b.col(j).array() != 0.0).all(), c.name() + ": all classes or none");
            check::close(u.col(j), h.l2 * b.col(j) + h.l1 * b.col(j).normalized(), 1e-7,
                         c.name() + ": subgradient");
        }
        if (share > 1.0)
            check::that(support == (c.free ? 1 : 0), c.name() + ": the null model");
        else
            check::that(support >= last_support, c.name() + ": features enter");
        last_support = support;
    }
}

// The preconditioner against its definition, with groups that come later, and one that is held.
void test_factor(const Case& c) {
    const Fixture f(c);
    std::vector<Index> positions;
    const std::vector<Index> features{5, 0, 7};
    for (Index j : features)
        for (Index k = 0; k < K; ++k) positions.push_back(k * p + j);
    f.model->add(positions);
    f.model->penalty.resize(positions.size());
    f.model->coef.head(3 * K) = 0.3 * random_matrix(3 * K, 1, 4);
    f.model->refresh();
    Vector curvature = Vector::Zero(n);
    for (Index k = 0; k < K; ++k) curvature += f.model->row_curvature(k) / static_cast<double>(K);
    Matrix X(n, 3);
    f.single->columns(features, X);
    const Vector& root = f.single->root_weight();
    const Vector ones = root.size() ? root : Vector::Ones(n);
    if (c.intercept) {
        const Vector w = curvature.cwiseProduct(ones);
        X -= ones * (w.transpose() * X / w.dot(ones));
    }
    const Matrix G = X.transpose() * curvature.asDiagonal() * X / static_cast<double>(K * n);
    const Matrix unit = random_matrix(K, 3, 5).colwise().normalized();
    const Vector along = Vector::Constant(3, 0.01), across{{0.03, fastreg::infinity, 0.02}};

    fastreg::GroupFactor factor(*f.model);
    check::that(factor.update({2}, unit.rightCols(1), along.tail(1), across.tail(1)),
                c.name() + ": one group has a factor");
    check::that(factor.update({0, 1, 2}, unit, along, across), c.name() + ": factor");
    const Matrix v = random_matrix(K, 3, 6);
    Vector out;
    factor.solve(v.reshaped(), out);
    Matrix R = G.cwiseProduct(unit.transpose() * unit);
    R.diagonal() += along;
    const Vector radial = unit.cwiseProduct(v).colwise().sum().transpose();
    Matrix expected = unit * Vector(R.inverse() * radial).asDiagonal();
    Matrix A = G({0, 2}, {0, 2});
    A.diagonal() += Vector{{0.03, 0.02}};
    const Matrix u = unit(Eigen::all, {0, 2});
    const auto off = [&](const Matrix& m) {
        return Matrix(m - u * u.cwiseProduct(m).colwise().sum().asDiagonal());
    };
    const Matrix rest = off(off(v(Eigen::all, {0, 2})) * A.inverse());
    expected.col(0) += rest.col(0);
    expected.col(2) += rest.col(1);
    check::close(out, Vector(expected.reshaped()), 1e-4, c.name() + ": preconditioner");
    const Matrix other = random_matrix(K, 3, 8);
    Vector other_out;
    factor.solve(other.reshaped(), other_out);
    check::that(std::abs(other.reshaped().dot(out) - v.reshaped().dot(other_out)) <= 1e-10,
                c.name() + ": is symmetric");
}

void test_warm_start() {
    const Case c{
        .weighted = false, .intercept = true, .sparse = false, .free = false, .l1_ratio = 1.0};
    const Fixture f(c), g(c);
    const fastreg::Control control{.tol = 1e-12};
    f.solver->solve_null(control);
    g.solver->solve_null(control);
    const double alpha = 0.1 * fastreg::alpha_max(f.solver->correlation(), f.penalty);
    f.solver->solve(alpha, control);
    // What all classes share is left out.
    Vector start = Matrix(f.coef().transpose()).reshaped();
    start.array() += 0.25;
    g.solver->warm_start(start);
    const Matrix warm = g.coef();
    check::that(warm.colwise().sum().cwiseAbs().maxCoeff() <= 1e-14, "sums over the classes");
    check::close(warm, f.coef(), 1e-14, "coefficients to start from");
    check::that(g.solver->solve(alpha, control).n_iter <= 2, "starts at the solution");
}

}  // namespace

int main() {
    test_penalty();
    for (int k = 0; k < 16; ++k)
        for (const double l1_ratio : {1.0, 0.4})
            test_solutions({.weighted = (k & 1) != 0,
                            .intercept = (k & 2) != 0,
                            .sparse = (k & 4) != 0,
                            .free = (k & 8) != 0,
                            .l1_ratio = l1_ratio});
    for (int k = 0; k < 8; ++k)
        test_factor({.weighted = (k & 1) != 0,
                     .intercept = (k & 2) != 0,
                     .sparse = (k & 4) != 0,
                     .free = false,
                     .l1_ratio = 1.0});
    test_warm_start();
    return check::report("grouped");
}
