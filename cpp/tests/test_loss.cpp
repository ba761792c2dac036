// The losses against their definitions in long double, out to predictors that saturate or overflow,
// and their divergences.
#include "fastreg/loss/loss.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "check.hpp"
#include "fastreg/loss/divergence.hpp"

namespace {

using fastreg::BinomialLoss;
using fastreg::epsilon;
using fastreg::Index;
using fastreg::infinity;
using fastreg::Loss;
using fastreg::PoissonLoss;
using fastreg::Vector;
using Long = long double;

const std::vector<double> predictors{-800.0, -707.5, -300.0, -40.0, -8.0,  -1.0,
                                     -1e-3,  -1e-12, 0.0,    1e-12, 1e-3,  0.7,
                                     3.0,    20.0,   37.5,   300.0, 709.0, 800.0};

// y log(y / m) with 0 log 0 = 0
Long x_log_x(Long y) { return y > 0.0L ? y * std::log(y) : 0.0L; }

struct Row {
    Long loss, residual, curvature;
    Long size;  // of the terms that the loss is a difference of
};

Row binomial(Long y, Long eta) {
    const Long e = std::exp(-std::abs(eta)), likely = 1.0L / (1.0L + e), other = e * likely;
    const Long up = eta >= 0.0L ? likely : other, down = eta >= 0.0L ? other : likely;
    const Long saturated = x_log_x(y) + x_log_x(1.0L - y);
    const Long loss = std::log1p(e) + (eta > 0.0L ? (1.0L - y) * eta : -y * eta) + saturated;
    return {loss, y * down - (1.0L - y) * up, up * down, std::log1p(e) + std::abs(eta)};
}

Row poisson(Long y, Long eta) {
    const Long mean = std::exp(eta);
    return {mean - y * eta + x_log_x(y) - y, y - mean, mean,
            mean + y * (std::abs(eta) + 1.0L) + std::abs(x_log_x(y))};
}

// Relative to size, or so small that float64 has no digits for it.
void near(double actual, Long expected, Long size, const std::string& what) {
    const Long error = std::abs(static_cast<Long>(actual) - expected);
    check::that(error <= 8.0L * static_cast<Long>(epsilon) * size + 1e-307L,
                what + ": " + std::to_string(actual));
}

// Vectors of five: both what goes by packets and what is left over.
template <class Reference>
void test_values(const Loss& loss, const std::vector<double>& responses, double largest,
                 Reference reference, const std::string& name) {
    for (double y : responses)
        for (double eta : predictors) {
            if (eta > largest) continue;
            const std::string what =
                name + " at y " + std::to_string(y) + ", predictor " + std::to_string(eta);
            Vector residual(5), curvature(5);
            const double sum = loss.evaluate(Vector::Constant(5, y), Vector(),
                                             Vector::Constant(5, eta), residual, curvature);
            const Row row = reference(y, eta);
            near(sum / 5.0, row.loss, row.size, what + ": loss");
            for (Index i = 0; i < 5; ++i) {
                near(residual[i], row.residual,
                     std::abs(row.residual) + (y > 0.0 && y < 1.0 ? 1.0L : 0.0L) +
                         (name == "poisson" ? static_cast<Long>(y) : 0.0L),
                     what + ": residual");
                near(curvature[i], row.curvature, row.curvature, what + ": curvature");
            }
        }
}

// The residual is minus the derivative of the loss, and the curvature minus that of the residual.
void test_derivatives(const Loss& loss, double y, const std::string& name) {
    const double h = 1e-5;
    for (double eta : {-6.0, -1.3, 0.0, 0.4, 2.0, 5.0}) {
        Vector residual(1), curvature(1), low(1), high(1), scratch(1);
        const Vector response = Vector::Constant(1, y);
        const auto at = [&](double x, Vector& r) {
            return loss.evaluate(response, Vector(), Vector::Constant(1, x), r, scratch);
        };
        loss.evaluate(response, Vector(), Vector::Constant(1, eta), residual, curvature);
        const double slope = (at(eta + h, high) - at(eta - h, low)) / (2.0 * h);
        check::that(std::abs(slope + residual[0]) <= 1e-8 * (1.0 + curvature[0]),
                    name + ": residual by differences");
        check::that(
            std::abs((low[0] - high[0]) / (2.0 * h) - curvature[0]) <= 1e-8 * (1.0 + curvature[0]),
            name + ": curvature by differences");
    }
}

// Rows of several runs, with weights: the sum is that of the rows, and weights of 0 take no part.
void test_weights(const Loss& loss, const std::string& name) {
    const Index n = 1301;
    const Vector eta = 2.0 * check::random_matrix(n, 1, 3);
    Vector weight = check::random_matrix(n, 1, 4).cwiseAbs(), y(n), r(n), c(n);
    for (Index i = 0; i < n; ++i) y[i] = i % 3 == 2 ? 0.25 : static_cast<double>(i % 3);
    for (Index i = 0; i < n; i += 7) weight[i] = 0.0;
    double expected = 0.0, unweighted = 0.0;
    for (Index i = 0; i < n; ++i) {
        Vector one(1), two(1);
        const double row = loss.evaluate(y.segment(i, 1), Vector(), eta.segment(i, 1), one, two);
        expected += weight[i] * row;
        unweighted += row;
    }
    const double tol = 1e-12 * unweighted;
    check::that(std::abs(loss.evaluate(y, weight, eta, r, c) - expected) <= tol,
                name + ": weighted sum");
    check::that(std::abs(loss.evaluate(y, Vector(), eta, r, c) - unweighted) <= tol,
                name + ": sum");
    Vector difference = 0.3 * r, changed = difference;
    for (Index i = 0; i < n; i += 7) changed[i] = -1e9;
    check::that(loss.divergence(weight, eta, changed) == loss.divergence(weight, eta, difference),
                name + ": the divergence of rows without weight");
}

double divergence_of_one(const Loss& loss, double eta, double difference) {
    return loss.divergence(Vector(), Vector::Constant(1, eta), Vector::Constant(1, difference));
}

// KL(m ‖ μ) on the way from μ to y: the loss itself at y, 0 at μ, growing in between.
void test_divergence(const Loss& loss, const std::vector<double>& responses, double largest,
                     const std::string& name) {
    for (double y : responses)
        for (double eta : predictors) {
            if (eta > largest) continue;
            const std::string what = name + " at y " + std::to_string(y) + ", predictor " +
                                     std::to_string(eta) + ": divergence";
            Vector r(1), c(1);
            const double whole =
                loss.evaluate(Vector::Constant(1, y), Vector(), Vector::Constant(1, eta), r, c);
            check::that(divergence_of_one(loss, eta, 0.0) == 0.0, what + " of nothing");
            const double scale = 1.0 + std::abs(eta) + std::abs(y * eta) + std::abs(r[0]);
            check::that(std::abs(divergence_of_one(loss, eta, r[0]) - whole) <= 1e-14 * scale,
                        what + " of the response is the loss");
            double last = 0.0;
            for (double share : {1e-12, 1e-6, 1e-4, 1e-3, 0.01, 0.2, 0.5, 0.9, 1.0}) {
                const double value = divergence_of_one(loss, eta, share * r[0]);
                check::that(value >= last, what + " grows with the distance");
                last = value;
            }
        }
}

// From what evaluate() found it is the same divergence, of classes by fewer logarithms; also where a
// run has classes and shares, and with weights.
void test_divergence_toward(const Loss& loss, const std::vector<double>& responses, double largest,
                            const std::string& name) {
    std::vector<double> eta, y;
    for (double response : responses)
        for (double predictor : predictors)
            if (predictor <= largest) {
                eta.push_back(predictor);
                y.push_back(response);
            }
    const auto size = static_cast<Index>(eta.size());
    const Vector all_eta = Eigen::Map<const Vector>(eta.data(), size);
    const Vector all_y = Eigen::Map<const Vector>(y.data(), size);
    Vector weight = check::random_matrix(size, 1, 5).cwiseAbs();
    weight[0] = 0.0;
    for (double share : {0.0, 1e-12, 1e-6, 1e-4, 1e-3, 0.01, 0.2, 0.5, 0.9, 1.0}) {
        double sum = 0.0;
        for (Index i = 0; i < size; ++i) {
            Vector r(1), c(1);
            const Vector one = all_y.segment(i, 1), at = all_eta.segment(i, 1);
            loss.evaluate(one, Vector(), at, r, c);
            const double value = loss.divergence_toward(one, Vector(), at, r, c, share);
            const double expected = loss.divergence(Vector(), at, share * r);
            check::that(std::abs(value - expected) <= 1e-9 * expected + 1e-300,
                        name + " at y " + std::to_string(one[0]) + ", predictor " +
                            std::to_string(at[0]) + ": divergence toward the response");
            sum += weight[i] * value;
        }
        Vector r(size), c(size);
        loss.evaluate(all_y, weight, all_eta, r, c);
        check::that(std::abs(loss.divergence_toward(all_y, weight, all_eta, r, c, share) - sum) <=
                        1e-9 * sum,
                    name + ": divergence toward the response of all rows");
    }
}

// m log(m / μ) + (1 − m) log((1 − m) / (1 − μ)), or m log(m / μ) − m + μ, in long double.
void test_definition() {
    const BinomialLoss binomial_loss;
    const PoissonLoss poisson_loss;
    for (double eta : {-30.0, -4.0, -0.5, 0.0, 1.0, 6.0, 30.0})
        for (double share : {-0.9, -0.1, -1.1e-3, -0.9e-3, 0.9e-3, 1.1e-3, 0.3, 5.0}) {
            const Long e = std::exp(static_cast<Long>(eta)), mu = e / (1.0L + e);
            const Long other = 1.0L / (1.0L + e);
            const double step = 0.19 * share * static_cast<double>(std::min(mu, other));
            const Long d = step;
            const Long expected =
                (mu + d) * std::log1p(d / mu) + (other - d) * std::log1p(-d / other);
            const double value = divergence_of_one(binomial_loss, eta, step);
            check::that(std::abs(static_cast<Long>(value) - expected) <= 1e-9L * expected,
                        "binomial divergence at " + std::to_string(eta));
            const double change = share * std::exp(eta);
            const Long mean = e + static_cast<Long>(change);
            const Long distance = mean * std::log(mean / e) - static_cast<Long>(change);
            check::that(std::abs(static_cast<Long>(divergence_of_one(poisson_loss, eta, change)) -
                                 distance) <= 1e-9L * distance,
                        "poisson divergence at " + std::to_string(eta));
        }
}

// The series takes over from the closed form without a jump.
void test_series() {
    for (double mean : {1e-200, 1e-3, 1.0, 1e5})
        for (double sign : {-1.0, 1.0}) {
            const auto one = [](double x) { return fastreg::Run(fastreg::Run::Constant(1, x)); };
            const auto relative = [&](double u) {
                return fastreg::poisson_divergence(one(mean), one(std::log(mean)),
                                                   one(sign * u * mean))[0] /
                       (mean * u * u);
            };
            const double log_size = 1.0 + std::abs(std::log(mean));
            const double below = relative(1e-3 * (1.0 - 1e-9)),
                         above = relative(1e-3 * (1.0 + 1e-9));
            check::that(std::abs(below - above) <= 4.0 * epsilon * log_size / 1e-6 + 1e-9,
                        "series and closed form agree for a mean of " + std::to_string(mean));
        }
}

void test_domain() {
    const BinomialLoss binomial_loss;
    const PoissonLoss poisson_loss;
    check::that(divergence_of_one(poisson_loss, 0.0, -1.0) == 1.0, "a mean of 0 is allowed");
    check::that(divergence_of_one(poisson_loss, 0.0, -1.001) == infinity, "one below is not");
    check::that(
        divergence_of_one(poisson_loss, 1.0, -std::exp(1.0) * (1.0 + epsilon)) == std::exp(1.0),
        "but for rounding");
    check::that(std::abs(divergence_of_one(binomial_loss, 0.0, 0.5) - std::log(2.0)) <= 1e-15,
                "a share of 1 is allowed");
    check::that(divergence_of_one(binomial_loss, 0.0, 0.501) == infinity, "one above is not");
    check::that(divergence_of_one(binomial_loss, 0.0, -0.501) == infinity, "nor one below 0");
    check::that(divergence_of_one(binomial_loss, 800.0, 1e-3) == infinity,
                "nor one above a mean of 1");
}

// A shift by series against the loss evaluated anew, with rows that saturate and some without weight.
void test_balance(const Loss& loss, double largest, const std::string& name) {
    const Index n = 1203;
    Vector eta = check::random_matrix(n, 1, 3), weight = Vector::Ones(n), r(n), c(n);
    for (Index i = 0; i < n; i += 100) eta[i] = i % 200 == 0 ? -40.0 : largest;
    for (Index i = 0; i < n; i += 7) weight[i] = 0.5 * static_cast<double>(i % 3);
    for (double off : {0.9e-3, -0.9e-3, 1e-5, 1e-9, 0.0}) {
        // Means of predictors that are off by this much.
        Vector y(n);
        loss.evaluate(Vector::Zero(n), weight, (eta.array() + off).matrix(), r, c);
        y = (-r).cwiseMax(0.0);
        if (name == "binomial") y = y.cwiseMin(1.0);
        const double before = loss.evaluate(y, weight, eta, r, c);
        const fastreg::LossShift shift = loss.balance(y, weight, r, c);
        Vector residual(n), curvature(n);
        const double after =
            loss.evaluate(y, weight, (eta.array() + shift.by).matrix(), residual, curvature);
        const std::string what = name + ", off by " + std::to_string(off);
        check::that(std::abs(shift.by - off) <= 1e-14, what + ": the shift");
        check::that(
            ((r - residual).array().abs() <= 1e-14 * (y + curvature).array() + 1e-300).all(),
            what + ": residuals");
        check::that(((c - curvature).array().abs() <= 1e-13 * curvature.array()).all(),
                    what + ": curvatures");
        check::that(std::abs(before + shift.loss - after) <= 1e-14 * weight.dot(curvature),
                    what + ": the loss");
        check::that(std::abs(weight.dot(r)) <= 1e-14 * weight.dot(c), what + ": the balance");
    }
}

// Wherever a row stands in the vector.
void test_overflow() {
    const PoissonLoss loss;
    for (Index place = 0; place < 5; ++place) {
        Vector eta = Vector::Zero(5), r(5), c(5);
        eta[place] = 800.0;
        const double sum = loss.evaluate(Vector::Ones(5), Vector(), eta, r, c);
        check::that(sum == infinity && c[place] == infinity && r[place] == -infinity,
                    "a mean that overflows is infinite");
    }
    check::that(divergence_of_one(loss, 800.0, -1e300) == infinity,
                "and infinitely far from any other");
}

}  // namespace

int main() {
    const BinomialLoss binomial_loss;
    const PoissonLoss poisson_loss;
    const std::vector<double> shares{0.0, 1.0, 0.5, 1e-3}, counts{0.0, 1.0, 3.0, 0.25, 1e6};
    test_values(binomial_loss, shares, infinity, binomial, "binomial");
    test_values(poisson_loss, counts, 708.0, poisson, "poisson");
    for (double y : shares) test_derivatives(binomial_loss, y, "binomial");
    for (double y : {0.0, 1.0, 7.5}) test_derivatives(poisson_loss, y, "poisson");
    test_weights(binomial_loss, "binomial");
    test_weights(poisson_loss, "poisson");
    test_divergence(binomial_loss, shares, infinity, "binomial");
    test_divergence(poisson_loss, counts, 300.0, "poisson");
    test_divergence_toward(binomial_loss, shares, infinity, "binomial");
    test_divergence_toward(binomial_loss, {0.0, 1.0}, infinity, "classes");
    test_divergence_toward(poisson_loss, counts, 300.0, "poisson");
    test_definition();
    test_series();
    test_domain();
    test_balance(binomial_loss, 40.0, "binomial");
    test_balance(poisson_loss, 3.0, "poisson");
    test_overflow();
    return check::report("loss");
}
