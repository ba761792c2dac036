// The model of one linear predictor against differences and dense matrices: with and without
// weights (of 0, too), an offset and an intercept, for dense and sparse X.
#include "fastreg/solver/glm_model.hpp"

#include <memory>
#include <numeric>
#include <stdexcept>

#include "check.hpp"
#include "compressed.hpp"
#include "fastreg/design/dense.hpp"

namespace {

using check::random_matrix;
using fastreg::Features;
using fastreg::GlmModel;
using fastreg::Index;
using fastreg::Loss;
using fastreg::Matrix;
using fastreg::Vector;

constexpr Index n = 90, p = 7;
const std::vector<Index> members{5, 0, 3, 6, 1};  // features, by position
constexpr Index size = 5;

struct Case {
    bool binomial, weighted, offset, intercept, sparse;
    std::string name() const {
        return std::string(binomial ? "binomial" : "poisson") + (weighted ? ", weights" : "") +
               (offset ? ", offset" : "") + (intercept ? ", intercept" : "") +
               (sparse ? ", sparse" : "");
    }
};

std::vector<Case> all_cases() {
    std::vector<Case> cases;
    for (int k = 0; k < 32; ++k)
        cases.push_back({(k & 1) != 0, (k & 2) != 0, (k & 4) != 0, (k & 8) != 0, (k & 16) != 0});
    return cases;
}

struct Fixture {
    explicit Fixture(const Case& c)
        : X(random_matrix(n, p, 1)), compressed((fill(), X)), weight(weights(c.weighted)) {
        if (c.sparse)
            design = std::make_unique<check::SparseDesign>(compressed.view());
        else
            design = std::make_unique<fastreg::DenseDesign>(
                fastreg::DenseView::column_major(X.data(), n, p));
        if (c.binomial)
            loss = std::make_unique<fastreg::BinomialLoss>();
        else
            loss = std::make_unique<fastreg::PoissonLoss>();
        view = std::make_unique<fastreg::StandardizedDesign>(
            *design, weight,
            fastreg::StandardizeOptions{.fit_intercept = c.intercept, .standardize = true});
        response = {.y = Vector(n),
                    .weight = weight,
                    .offset = c.offset ? Vector(random_matrix(n, 1, 8)) : Vector(),
                    .fit_intercept = c.intercept};
        for (Index i = 0; i < n; ++i)
            response.y[i] = c.binomial ? static_cast<double>(i % 2) : static_cast<double>(i % 4);
        model = std::make_unique<GlmModel>(*view, *loss, response);
        model->add(members);
        model->penalty.resize(static_cast<std::size_t>(size));
        columns.resize(n, size);
        view->columns(members, columns);
        set(Vector::LinSpaced(size, -0.6, 0.8));
    }

    void fill() {
        for (Index j = 0; j < p; ++j)
            for (Index i = 0; i < n; ++i) X(i, j) = (i + j) % 3 == 0 ? 0.0 : X(i, j) + 0.5;
    }
    static Vector weights(bool weighted) {
        if (!weighted) return {};
        Vector w = random_matrix(n, 1, 2).cwiseAbs();
        for (Index i = 0; i < n; i += 11) w[i] = 0.0;
        return fastreg::normalized_weight(w);
    }
    void set(const Vector& coef) const {
        model->coef.head(size) = coef;
        model->refresh();
    }
    Vector ones() const { return weight.size() ? weight.cwiseSqrt() : Vector(Vector::Ones(n)); }
    // The linear predictor at an intercept.
    Vector eta(double intercept) const {
        Vector out = columns * model->coef.head(size);
        for (Index i = 0; i < n; ++i) out[i] = ones()[i] > 0.0 ? out[i] / ones()[i] : 0.0;
        if (response.offset.size()) out += response.offset;
        return out.array() + intercept;
    }
    double loss_at(double intercept) const {
        Vector r(n), c(n);
        return loss->evaluate(response.y, weight, eta(intercept), r, c) / static_cast<double>(n);
    }
    // The Hessian of the members with curvatures of the rows, the intercept eliminated.
    Matrix hessian(const Vector& curvature) const {
        Matrix weighted = curvature.asDiagonal() * columns;
        Matrix H = columns.transpose() * weighted;
        if (response.fit_intercept) {
            const Vector products = weighted.transpose() * ones();
            H -= products * products.transpose() / curvature.dot(ones().cwiseAbs2());
        }
        return H / static_cast<double>(n);
    }

    Matrix X;
    check::Compressed compressed;
    Vector weight;
    std::unique_ptr<fastreg::Design> design;
    std::unique_ptr<Loss> loss;
    std::unique_ptr<fastreg::StandardizedDesign> view;
    fastreg::Response response;
    std::unique_ptr<GlmModel> model;
    Matrix columns;  // X̃ of the members
};

void test_state(const Case& c) {
    const Fixture f(c);
    const GlmModel& model = *f.model;
    const double best = f.loss_at(model.intercept());
    check::that(std::abs(model.objective() - best) <= 1e-13, c.name() + ": loss");
    if (c.intercept) {
        check::that(std::abs(model.residual().dot(f.ones())) <= 1e-11 * static_cast<double>(n),
                    c.name() + ": the residual is orthogonal to the weights");
        for (double step : {-1e-3, 1e-3})
            check::that(f.loss_at(model.intercept() + step) > best,
                        c.name() + ": no intercept is better");
    } else {
        check::that(model.intercept() == 0.0, c.name() + ": no intercept");
    }
    check::close(model.gradient.head(size),
                 f.columns.transpose() * model.residual() / static_cast<double>(n), 1e-13,
                 c.name() + ": gradient from the residual");
    const double square = model.residual().squaredNorm() / static_cast<double>(n);
    check::that(std::abs(model.residual_square() - square) <= 1e-13,
                c.name() + ": residual square");
}

void test_differences(const Case& c) {
    const Fixture f(c);
    GlmModel& model = *f.model;
    const Vector at = model.coef.head(size), gradient = model.gradient.head(size);
    const Vector d = Vector::LinSpaced(3, -1.0, 2.0);
    const std::vector<Index> A{4, 0, 2}, all{0, 1, 2, 3, 4};
    Vector whole = Vector::Zero(size), product(3), step(3);
    for (std::size_t k = 0; k < A.size(); ++k) whole[A[k]] = d[static_cast<Index>(k)];
    model.multiply(A, d, product);
    const double h = 1e-5;
    for (Index i = 0; i < size; ++i) {
        f.set(at + h * Vector::Unit(size, i));
        const double high = model.objective();
        f.set(at - h * Vector::Unit(size, i));
        check::that(std::abs((high - model.objective()) / (2.0 * h) + gradient[i]) <= 1e-8,
                    c.name() + ": gradient by differences");
    }
    f.set(at + h * whole);
    const Vector high = model.gradient.head(size);
    f.set(at - h * whole);
    const Vector change = (model.gradient.head(size) - high) / (2.0 * h);
    check::close(product, change(A), 1e-7, c.name() + ": Hessian product by differences");
}

void test_matrices(const Case& c) {
    const Fixture f(c);
    GlmModel& model = *f.model;
    const std::vector<Index> rows{3, 0}, cols{1, 4, 3}, A{4, 0, 2};
    const Matrix H = f.hessian(model.row_curvature());
    Matrix block(2, 3);
    model.cross(rows, cols, block);
    check::close(block, H(rows, cols), 1e-13, c.name() + ": cross");
    const Vector other = random_matrix(n, 1, 5).cwiseAbs();
    const Matrix K = f.hessian(other);
    model.cross(other, rows, cols, block);
    check::close(block, K(rows, cols), 1e-13, c.name() + ": cross with other curvatures");
    Matrix square(3, 3);
    model.sandwich(other, A, square);
    check::close(square, K(A, A), 1e-13, c.name() + ": sandwich");
    Matrix all(size, size);
    model.sandwich(other, std::vector<Index>{0, 1, 2, 3, 4}, all);
    check::that(all == all.transpose(), c.name() + ": both triangles are the same");

    const Vector d = Vector::LinSpaced(3, -1.0, 2.0);
    Vector product(3), image = Vector::Ones(n);
    model.multiply(A, d, product);
    check::close(product, H(A, A) * d, 1e-13, c.name() + ": product");
    model.add_image(A, d, image);
    image.array() -= 1.0;
    check::close(f.columns.transpose() * image / static_cast<double>(n), H(Eigen::all, A) * d,
                 1e-13, c.name() + ": image");
    const double energy = model.energy(other, model.image(A, d));
    check::that(std::abs(energy - 0.5 * d.dot(K(A, A) * d)) <= 1e-13, c.name() + ": energy");
}

// Trials along a line leave no trace, and the one that is taken is where the coefficients are.
void test_line(const Case& c) {
    const Fixture f(c);
    GlmModel& model = *f.model;
    const std::vector<Index> A{4, 1};
    const Vector start = model.coef.head(size), step = Vector::LinSpaced(2, 0.9, -0.4);
    const Vector gradient = model.gradient.head(size), curvature = model.row_curvature();
    const double objective = model.objective(), intercept = model.intercept();
    const Vector image = model.image(A, step);
    const double half = model.loss_along(image, 0.5);
    model.loss_along(image, -3.0);
    model.undo();
    check::that(std::abs(model.objective() - objective) <= 1e-14 &&
                    std::abs(model.intercept() - intercept) <= 1e-13 &&
                    model.gradient.head(size) == gradient,
                c.name() + ": undo");
    check::close(model.row_curvature(), curvature, 1e-13, c.name() + ": undo of the curvatures");

    const double loss = model.loss_along(image, 0.5);
    check::that(std::abs(loss - half) <= 1e-14, c.name() + ": the same trial again");
    for (std::size_t k = 0; k < A.size(); ++k)
        model.coef[A[k]] += 0.5 * step[static_cast<Index>(k)];
    model.take_step();
    const Fixture g(c);
    g.set(model.coef.head(size));
    check::that(std::abs(model.objective() - g.model->objective()) <= 1e-13 &&
                    std::abs(loss - g.model->objective()) <= 1e-13,
                c.name() + ": loss after a step");
    check::close(model.gradient.head(size), g.model->gradient.head(size), 1e-13,
                 c.name() + ": gradient after a step");
    model.refresh();
    check::close(model.residual(), g.model->residual(), 1e-12, c.name() + ": residual");

    // Coefficient by coefficient, back to the start.
    for (Index i = 0; i < size; ++i) model.move(i, start[i] - model.coef[i]);
    check::that(std::abs(model.gradient_now(2) - gradient[2]) <= 1e-13,
                c.name() + ": gradient of one after moves");
    model.refresh();
    check::close(model.gradient.head(size), gradient, 1e-13, c.name() + ": gradient after moves");
}

void test_gap(const Case& c) {
    const Fixture f(c);
    const GlmModel& model = *f.model;
    const Vector none;
    check::that(model.loss_gap(1.0, none) == 0.0, c.name() + ": no gap at the means");
    check::that(std::abs(model.loss_gap(0.0, none) - model.objective()) <= 1e-13,
                c.name() + ": at the response the gap is the loss");
    check::that(
        model.loss_gap(0.9, none) > 0.0 && model.loss_gap(0.9, none) < model.loss_gap(0.5, none),
        c.name() + ": and grows towards it");
    Vector image = Vector::Zero(n);
    model.add_image(std::vector<Index>{1, 3}, Vector::Constant(2, 0.01), image);
    Vector difference = 0.2 * model.residual() + 0.8 * image;
    for (Index i = 0; i < n; ++i)
        difference[i] = f.ones()[i] > 0.0 ? difference[i] / f.ones()[i] : 0.0;
    const double expected =
        f.loss->divergence(f.weight, f.eta(model.intercept()), difference) / static_cast<double>(n);
    check::that(std::abs(model.loss_gap(0.8, image) - expected) <= 1e-13 && expected > 0.0,
                c.name() + ": gap of a projected residual");
}

void test_null_model() {
    const Fixture f(
        {.binomial = true, .weighted = true, .offset = true, .intercept = true, .sparse = false});
    f.set(Vector::Zero(size));
    check::that(std::abs(f.model->objective() - f.model->null_objective()) <= 1e-14 &&
                    std::abs(f.model->deviance_ratio()) <= 1e-14,
                "the null model");
    fastreg::Response one = f.response;
    one.y.setOnes();
    one.y[0] = 0.0;  // its weight is 0
    bool refused = false;
    try {
        const GlmModel model(*f.view, *f.loss, one);
    } catch (const std::invalid_argument&) {
        refused = true;
    }
    check::that(refused, "a single class has no best intercept");
}

// A trial whose predictor overflows is infinitely bad, and leaves no trace either.
void test_overflow() {
    const Fixture f(
        {.binomial = false, .weighted = true, .offset = true, .intercept = true, .sparse = false});
    GlmModel& model = *f.model;
    const double objective = model.objective(), intercept = model.intercept();
    const std::vector<Index> A{4, 1};
    check::that(
        model.loss_along(model.image(A, Vector::Constant(2, 1e6)), 1.0) == fastreg::infinity,
        "a predictor that overflows");
    model.undo();
    check::that(std::abs(model.objective() - objective) <= 1e-14 &&
                    std::abs(model.intercept() - intercept) <= 1e-13,
                "undo of an overflow");
}

// Rows without weight may have any offset.
void test_offset_without_weight() {
    const Case c{
        .binomial = false, .weighted = true, .offset = true, .intercept = true, .sparse = false};
    const Fixture f(c);
    for (double offset : {-1e4, 1e4}) {
        fastreg::Response response = f.response;
        for (Index i = 0; i < n; i += 11) response.offset[i] = offset;
        GlmModel model(*f.view, *f.loss, response);
        model.add(members);
        model.penalty.resize(static_cast<std::size_t>(size));
        model.coef.head(size) = f.model->coef.head(size);
        model.refresh();
        check::that(std::abs(model.objective() - f.model->objective()) <= 1e-13,
                    "the offset of a row without weight");
        check::close(model.gradient.head(size), f.model->gradient.head(size), 1e-13,
                     "gradient, whatever the offset of a row without weight");
    }
}

}  // namespace

int main() {
    for (const Case& c : all_cases()) {
        test_state(c);
        test_differences(c);
        test_matrices(c);
        test_line(c);
        test_gap(c);
    }
    test_null_model();
    test_overflow();
    test_offset_without_weight();
    return check::report("glm_model");
}
