// The model of several classes against differences and sums over its rows: with and without weights
// (of 0, too) and intercepts, for dense and sparse X.
#include "fastreg/solver/multinomial_model.hpp"

#include <memory>
#include <stdexcept>

#include "check.hpp"
#include "compressed.hpp"
#include "fastreg/design/classwise.hpp"
#include "fastreg/design/dense.hpp"

namespace {

using check::random_matrix;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::MultinomialModel;
using fastreg::Vector;

constexpr Index n = 70, p = 5, K = 4;
// Of several classes, in no order.
const std::vector<Index> members{p + 2, 0, 3 * p + 4, p, 2 * p + 1, 2, 3 * p};
constexpr Index size = 7;

struct Case {
    bool weighted, shares, intercept, sparse;
    std::string name() const {
        return std::string("classes") + (weighted ? ", weights" : "") + (shares ? ", shares" : "") +
               (intercept ? ", intercepts" : "") + (sparse ? ", sparse" : "");
    }
};

struct Fixture {
    explicit Fixture(const Case& c) : X(data()), compressed(X), Y(responses(c.shares)) {
        if (c.weighted) {
            weight = random_matrix(n, 1, 2).cwiseAbs();
            for (Index i = 0; i < n; i += 9) weight[i] = 0.0;
            weight = fastreg::normalized_weight(weight);
        }
        if (c.sparse)
            design = std::make_unique<check::SparseDesign>(compressed.view());
        else
            design = std::make_unique<fastreg::DenseDesign>(
                fastreg::DenseView::column_major(X.data(), n, p));
        standardized = std::make_unique<fastreg::StandardizedDesign>(
            *design, weight,
            fastreg::StandardizeOptions{.fit_intercept = c.intercept, .standardize = true});
        blocks = std::make_unique<fastreg::ClasswiseDesign>(*standardized, K);
        view = std::make_unique<fastreg::StandardizedDesign>(
            *blocks, Vector(),
            fastreg::StandardizeOptions{.fit_intercept = false, .standardize = false});
        model = std::make_unique<MultinomialModel>(*view, *standardized, Y, c.intercept);
        model->add(members);
        model->penalty.resize(static_cast<std::size_t>(size));
        columns.resize(K * n, size);
        view->columns(members, columns);
        set(Vector::LinSpaced(size, -0.9, 1.1));
    }

    static Matrix data() {
        Matrix X = random_matrix(n, p, 1);
        for (Index j = 0; j < p; ++j)
            for (Index i = 0; i < n; ++i) X(i, j) = (i + j) % 3 == 0 ? 0.0 : X(i, j) + 0.5;
        return X;
    }
    static Matrix responses(bool shares) {
        Matrix Y = Matrix::Zero(n, K);
        for (Index i = 0; i < n; ++i) Y(i, (i * i + i / 2) % K) = 1.0;
        if (shares) Y = 0.5 * Y + 0.5 * Matrix(Y.rowwise().reverse());
        return Y;
    }
    void set(const Vector& coef) const {
        model->coef.head(size) = coef;
        model->refresh();
    }
    double weight_of(Index i) const { return weight.size() ? weight[i] : 1.0; }
    Matrix eta(const Vector& intercepts) const {
        const Vector stacked = columns * model->coef.head(size);
        Matrix out(n, K);
        for (Index k = 0; k < K; ++k)
            for (Index i = 0; i < n; ++i) {
                const double root = std::sqrt(weight_of(i));
                out(i, k) = intercepts[k] + (root > 0.0 ? stacked[k * n + i] / root : 0.0);
            }
        return out;
    }
    double loss_at(const Vector& intercepts) const {
        const Matrix x = eta(intercepts);
        double sum = 0.0;
        for (Index i = 0; i < n; ++i) {
            const double top = x.row(i).maxCoeff();
            double row = top + std::log((x.row(i).array() - top).exp().sum());
            for (Index k = 0; k < K; ++k) {
                row -= Y(i, k) * x(i, k);
                if (Y(i, k) > 0.0) row += Y(i, k) * std::log(Y(i, k));
            }
            sum += weight_of(i) * row;
        }
        return sum / static_cast<double>(K * n);
    }

    Matrix X;
    check::Compressed compressed;
    Matrix Y;
    Vector weight;
    std::unique_ptr<fastreg::Design> design;
    std::unique_ptr<fastreg::StandardizedDesign> standardized;
    std::unique_ptr<fastreg::ClasswiseDesign> blocks;
    std::unique_ptr<fastreg::StandardizedDesign> view;
    std::unique_ptr<MultinomialModel> model;
    Matrix columns;
};

void test_state(const Case& c) {
    const Fixture f(c);
    const MultinomialModel& model = *f.model;
    const double best = f.loss_at(model.intercepts());
    check::that(std::abs(model.objective() - best) <= 1e-14, c.name() + ": loss");
    check::that(std::abs(model.intercepts().sum()) <= 1e-13, c.name() + ": intercepts' sum");
    if (c.intercept)
        for (Index k = 0; k < K; ++k)
            for (double step : {-1e-3, 1e-3})
                check::that(f.loss_at(model.intercepts() + step * Vector::Unit(K, k)) > best,
                            c.name() + ": no intercepts are better");
    else
        check::that(model.intercepts().isZero(0.0), c.name() + ": no intercepts");
    for (Index k = 0; k < K && c.intercept; ++k) {
        double sum = 0.0;
        for (Index i = 0; i < n; ++i)
            sum += std::sqrt(f.weight_of(i)) * model.residual()[k * n + i];
        check::that(std::abs(sum) <= 1e-11, c.name() + ": residuals sum to 0 in every class");
    }
    check::close(model.gradient.head(size),
                 f.columns.transpose() * model.residual() / static_cast<double>(K * n), 1e-14,
                 c.name() + ": gradient from the residual");
}

void test_differences(const Case& c) {
    const Fixture f(c);
    MultinomialModel& model = *f.model;
    const Vector at = model.coef.head(size), gradient = model.gradient.head(size);
    const std::vector<Index> A{4, 0, 2, 6}, all{0, 1, 2, 3, 4, 5, 6};
    const Vector d = Vector::LinSpaced(4, -1.0, 2.0);
    Vector whole = Vector::Zero(size), product(4), image = Vector::Ones(K * n);
    for (std::size_t k = 0; k < A.size(); ++k) whole[A[k]] = d[static_cast<Index>(k)];
    Matrix H(size, size);
    model.cross(all, all, H);
    model.multiply(A, d, product);
    model.add_image(A, d, image);
    image.array() -= 1.0;
    check::close(H, H.transpose(), 1e-15, c.name() + ": the Hessian is symmetric");
    check::close(product, (H * whole)(A), 1e-14, c.name() + ": product");
    check::close(f.columns.transpose() * image / static_cast<double>(K * n), H * whole, 1e-14,
                 c.name() + ": image");
    const double h = 1e-5;
    for (Index i = 0; i < size; ++i) {
        f.set(at + h * Vector::Unit(size, i));
        const double loss = model.objective();
        const Vector high = model.gradient.head(size);
        f.set(at - h * Vector::Unit(size, i));
        check::that(std::abs((loss - model.objective()) / (2.0 * h) + gradient[i]) <= 1e-9,
                    c.name() + ": gradient by differences");
        check::close((model.gradient.head(size) - high) / (2.0 * h), H.col(i), 1e-8,
                     c.name() + ": Hessian by differences");
    }
}

void test_moves(const Case& c) {
    const Fixture f(c), g(c);
    const Vector end = Vector::LinSpaced(size, 2.0, -1.0);
    for (Index i = 0; i < size; ++i) f.model->move(i, end[i] - f.model->coef[i]);
    g.set(end);
    check::that(std::abs(f.model->gradient_now(3) - g.model->gradient[3]) <= 1e-14,
                c.name() + ": gradient of one after moves");
    f.model->refresh();
    check::close(f.model->gradient.head(size), g.model->gradient.head(size), 1e-14,
                 c.name() + ": gradient after moves");
    check::that(std::abs(f.model->objective() - g.model->objective()) <= 1e-14,
                c.name() + ": loss after moves");
}

// Σ w KL(m ‖ μ), with m on the way to the response.
void test_gap(const Case& c) {
    const Fixture f(c);
    const Vector none;
    const Matrix x = f.eta(f.model->intercepts());
    for (double s : {1.0, 0.9, 0.3, 0.0}) {
        double expected = 0.0;
        for (Index i = 0; i < n; ++i) {
            const Vector mean = x.row(i).array().exp() / x.row(i).array().exp().sum();
            for (Index k = 0; k < K; ++k) {
                const double m = s * mean[k] + (1.0 - s) * f.Y(i, k);
                if (m > 0.0) expected += f.weight_of(i) * m * std::log(m / mean[k]);
            }
        }
        expected /= static_cast<double>(K * n);
        check::that(std::abs(f.model->loss_gap(s, none) - expected) <= 1e-14,
                    c.name() + ": gap of the loss");
    }
    check::that(std::abs(f.model->loss_gap(0.0, none) - f.model->objective()) <= 1e-14,
                c.name() + ": at the response the gap is the loss");
    Vector image = Vector::Zero(K * n);
    f.model->add_image(std::vector<Index>{1, 3}, Vector::Constant(2, 1e-2), image);
    const double near = f.model->loss_gap(1.0, image), nearer = f.model->loss_gap(1.0, 0.5 * image);
    check::that(near > 0.0 && std::abs(near / nearer - 4.0) <= 0.1,
                c.name() + ": the gap of an image grows by its square");
    check::that(f.model->loss_gap(1.0, 1e6 * image) == fastreg::infinity,
                c.name() + ": no probability is below 0");
}

// An offset that X with these coefficients could have made takes their place.
void test_offset(const Case& c) {
    const Fixture f(c);
    Matrix offset = f.eta(f.model->intercepts());
    offset.colwise() += Vector::LinSpaced(n, -500.0, 500.0);
    for (Index i = 0; i < n; ++i)
        if (f.weight_of(i) == 0.0) offset.row(i).setConstant(-1e308);
    const MultinomialModel model(*f.view, *f.standardized, f.Y, c.intercept, offset);
    check::that(std::abs(model.null_objective() - f.model->objective()) <= 1e-13,
                c.name() + ": loss of the null model with an offset");
    check::close(model.residual(), f.model->residual(), 1e-11, c.name() + ": residual");
    if (!c.intercept) return;
    check::that(model.intercepts().cwiseAbs().maxCoeff() <= 1e-11,
                c.name() + ": the offset has the intercepts");
}

void test_vanished_class() {
    const Fixture f({.weighted = true, .shares = false, .intercept = true, .sparse = false});
    Matrix Y = f.Y;
    for (Index i = 0; i < n; ++i)
        if (f.weight[i] > 0.0 && Y(i, 2) == 1.0) Y.row(i) = Vector::Unit(K, 1).transpose();
    bool refused = false;
    try {
        const MultinomialModel model(*f.view, *f.standardized, Y, true);
    } catch (const std::invalid_argument&) {
        refused = true;
    }
    check::that(refused, "a class without weight has no best intercept");
}

}  // namespace

int main() {
    for (int k = 0; k < 16; ++k) {
        const Case c{(k & 1) != 0, (k & 2) != 0, (k & 4) != 0, (k & 8) != 0};
        test_state(c);
        test_differences(c);
        test_moves(c);
        test_gap(c);
        test_offset(c);
    }
    test_vanished_class();
    return check::report("multinomial_model");
}
