// Least squares of several targets against the conditions of optimality, for dense and sparse X, with
// and without weights and intercepts, by the Gram matrix and by the residual.
#include "fastreg/solver/multitask_solver.hpp"

#include <memory>

#include "check.hpp"
#include "compressed.hpp"
#include "fastreg/design/dense.hpp"
#include "fastreg/penalty/alpha_max.hpp"

namespace {

using check::random_matrix;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::Vector;

constexpr Index m = 3;

struct Case {
    Index n, p;
    bool weighted, intercept, sparse, free;
    double l1_ratio;
    std::string name() const {
        return "multitask " + std::to_string(n) + " x " + std::to_string(p) +
               (weighted ? ", weights" : "") + (intercept ? ", intercepts" : "") +
               (sparse ? ", sparse" : "") + (free ? ", one without a penalty" : "") +
               ", l1_ratio " + std::to_string(l1_ratio);
    }
};

struct Fixture {
    explicit Fixture(const Case& c) : X(data(c.n, c.p)), compressed(X) {
        Vector weight;
        if (c.weighted) weight = fastreg::normalized_weight(random_matrix(c.n, 1, 2).cwiseAbs());
        if (c.sparse)
            design = std::make_unique<check::SparseDesign>(compressed.view());
        else
            design = std::make_unique<fastreg::DenseDesign>(
                fastreg::DenseView::column_major(X.data(), c.n, c.p));
        standardized = std::make_unique<fastreg::StandardizedDesign>(
            *design, weight,
            fastreg::StandardizeOptions{.fit_intercept = c.intercept, .standardize = true});
        Matrix Y = X.leftCols(4) * random_matrix(4, m, 3) + 2.0 * random_matrix(c.n, m, 4);
        for (Index k = 0; k < m; ++k) standardized->standardize_response(Y.col(k));
        model = std::make_unique<fastreg::MultitaskModel>(*standardized, Y);
        penalty.l1_ratio = c.l1_ratio;
        penalty.factor = Vector::Ones(c.p);
        penalty.factor[1] = 2.0;
        if (c.free) penalty.factor[3] = 0.0;
        solver = std::make_unique<fastreg::MultitaskSolver>(*standardized, *model, penalty);
    }

    static Matrix data(Index n, Index p) {
        Matrix X = random_matrix(n, p, 1);
        for (Index j = 0; j < p; ++j)
            for (Index i = 0; i < n; ++i) X(i, j) = (i + j) % 3 == 0 ? 0.0 : X(i, j) + 0.5;
        return X;
    }
    Matrix coef() const {
        Vector stacked = Vector::Zero(m * X.cols());
        solver->for_each_coefficient([&](Index j, double b) { stacked[j] = b; });
        return stacked.reshaped(X.cols(), m);
    }
    Matrix correlation() const {
        Matrix out(X.cols(), m);
        standardized->transpose_matvec(model->residual(), out);
        return out / static_cast<double>(X.rows());
    }

    Matrix X;
    check::Compressed compressed;
    std::unique_ptr<fastreg::Design> design;
    std::unique_ptr<fastreg::StandardizedDesign> standardized;
    std::unique_ptr<fastreg::MultitaskModel> model;
    fastreg::ElasticNetPenalty penalty;
    std::unique_ptr<fastreg::MultitaskSolver> solver;
};

void test_solutions(const Case& c) {
    const Fixture f(c);
    const fastreg::Control control{.tol = 1e-13};
    f.solver->solve_null(control);
    const double first = fastreg::alpha_max(f.solver->correlation(), f.penalty);
    check::that(first > 0.0 && first < fastreg::infinity, c.name() + ": alpha_max");
    for (const double share : {1.0 + 1e-6, 0.5, 0.1, 0.02}) {
        const double alpha = share * first;
        const fastreg::PointReport report = f.solver->solve(alpha, control);
        check::that(report.status == fastreg::Status::converged && report.dual_gap <= control.tol,
                    c.name() + ": converges");
        const Matrix b = f.coef(), u = f.correlation();
        Index support = 0;
        for (Index j = 0; j < c.p; ++j) {
            const fastreg::CoordinatePenalty h = f.penalty.at(alpha, j);
            if (b.row(j).isZero(0.0)) {
                check::that(u.row(j).norm() <= h.l1 * (1.0 + 1e-9) + 1e-12,
                            c.name() + ": what is at zero isn't pulled");
                continue;
            }
            ++support;
            const Matrix slope = h.l2 * b.row(j) + h.l1 * b.row(j).normalized();
            check::close(Vector(u.row(j).transpose()), Vector(slope.transpose()), 1e-6,
                         c.name() + ": subgradient");
        }
        if (share > 1.0) check::that(support == (c.free ? 1 : 0), c.name() + ": the null model");
    }
}

// The gradient follows moves, however they are made and whatever it is kept by.
void test_moves(const Case& c, bool by_gram) {
    const Fixture f(c);
    std::vector<Index> features;
    for (Index j = 0; j < c.p; ++j) features.push_back((7 * j) % c.p);
    f.model->add(std::span(features).first(40));
    f.model->add(std::span(features).subspan(40));
    check::that(f.model->by_gram() == by_gram, c.name() + ": what is kept");
    const auto exact = [&] {
        f.model->refresh();
        Matrix out(c.p, m);
        f.standardized->transpose_matvec(f.model->residual(), out);
        return Matrix(out(features, Eigen::all) / static_cast<double>(c.n));
    };
    const auto agrees = [&](const std::string& what) {
        f.model->update_gradient();
        const double square = f.model->residual_square();
        const Matrix gradient = f.model->gradient.topRows(c.p), expected = exact();
        check::close(Vector(gradient.reshaped()), Vector(expected.reshaped()), 1e-11,
                     c.name() + what);
        check::that(std::abs(square - f.model->exact_square()) <= 1e-11 * square,
                    c.name() + what + ", square");
    };
    for (Index k : {Index{0}, f.model->n_blocks() - 1}) {
        const fastreg::MultitaskModel::Block block = f.model->block(k);
        f.model->move(block, random_matrix(block.count, m, 5));
        agrees(": moves of a block");
        Matrix one = Matrix::Zero(block.count, m);
        one.row(0).setOnes();
        f.model->move(block, one);
        agrees(": one move");
    }
    const std::vector<Index> A{3, 40, 1};
    const Matrix D = random_matrix(3, m, 6);
    const auto image = f.model->image(A, D);
    f.model->move(A, D, image, 0.3);
    agrees(": a share of a step");
    check::close(Vector((f.model->gram(A) * D).reshaped()),
                 Vector(f.model->multiply(A, D).reshaped()), 1e-11, c.name() + ": products");
    check::close(Vector(Matrix(image.products(A, Eigen::all)).reshaped()),
                 Vector(f.model->multiply(A, D).reshaped()), 1e-11, c.name() + ": image");
}

void test_warm_start() {
    const Case c{.n = 80,
                 .p = 12,
                 .weighted = false,
                 .intercept = true,
                 .sparse = false,
                 .free = false,
                 .l1_ratio = 1.0};
    const Fixture f(c), g(c);
    const fastreg::Control control{.tol = 1e-12};
    f.solver->solve_null(control);
    g.solver->solve_null(control);
    const double alpha = 0.1 * fastreg::alpha_max(f.solver->correlation(), f.penalty);
    f.solver->solve(alpha, control);
    const Matrix b = f.coef();
    g.solver->warm_start(b.reshaped());
    check::close(Vector(g.coef().reshaped()), Vector(b.reshaped()), 0.0, "where to start");
    check::that(g.solver->solve(alpha, control).n_iter <= 2, "starts at the solution");
    g.solver->warm_start(Vector::Constant(m * c.p, 1e3));
    check::that(g.solver->deviance_ratio() >= 0.0, "never worse than the null model");
}

}  // namespace

int main() {
    for (int k = 0; k < 16; ++k)
        for (const double l1_ratio : {1.0, 0.4})
            for (const Index p : {12, 400})
                test_solutions({.n = p == 12 ? 80 : 25,
                                .p = p,
                                .weighted = (k & 1) != 0,
                                .intercept = (k & 2) != 0,
                                .sparse = (k & 4) != 0,
                                .free = (k & 8) != 0,
                                .l1_ratio = l1_ratio});
    for (int k = 0; k < 8; ++k)
        for (const bool by_gram : {true, false})
            test_moves({.n = by_gram ? 80 : 25,
                        .p = by_gram ? 70 : 300,
                        .weighted = (k & 1) != 0,
                        .intercept = (k & 2) != 0,
                        .sparse = (k & 4) != 0,
                        .free = false,
                        .l1_ratio = 1.0},
                       by_gram);
    test_warm_start();
    return check::report("multitask");
}
