#include "fastreg/many/fit_scores.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace fastreg {

namespace {

constexpr std::array<std::string_view, 3> families{"gaussian", "poisson", "binomial"};
constexpr std::array<std::string_view, 7> kinds{"mse",      "mae", "r2",      "deviance",
                                                "log_loss", "auc", "accuracy"};
// By family, the positions of the kinds that it has.
constexpr std::array<std::string_view, 3> known{"mse mae r2 deviance", "mse mae deviance",
                                                "deviance log_loss auc accuracy"};

// The position of a word, or the number of words.
std::size_t find(std::span<const std::string_view> words, std::string_view word) {
    return static_cast<std::size_t>(std::find(words.begin(), words.end(), word) - words.begin());
}

template <class Value>
double weighted_mean(const Vector& weight, Value value) {
    double sum = 0.0;
    for (Index i = 0; i < weight.size(); ++i)
        if (weight[i] > 0.0) sum += weight[i] * value(i);
    return sum / weight.sum();
}

double variance(const Vector& y, const Vector& weight) {
    const double mean = weighted_mean(weight, [&](Index i) { return y[i]; });
    return weighted_mean(weight, [&](Index i) { return (y[i] - mean) * (y[i] - mean); });
}

// log(1 + e^x)
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

double poisson_deviance(double y, double eta) {
    return 2.0 * (std::exp(eta) - y - (y > 0.0 ? y * (eta - std::log(y)) : 0.0));
}

// Share of pairs of the two classes that the predictor orders; ties count a half.
double area_under_curve(const Vector& eta, const Vector& y, const Vector& weight) {
    std::vector<Index> order(static_cast<std::size_t>(eta.size()));
    std::iota(order.begin(), order.end(), Index{0});
    std::sort(order.begin(), order.end(), [&](Index a, Index b) { return eta[a] < eta[b]; });
    double below = 0.0, ordered = 0.0, up = 0.0;  // weight of 0 so far, of pairs, of 1
    for (std::size_t first = 0; first < order.size();) {
        double of_0 = 0.0, of_1 = 0.0;  // at this value
        std::size_t next = first;
        for (; next < order.size() && eta[order[next]] == eta[order[first]]; ++next)
            (y[order[next]] > 0.5 ? of_1 : of_0) += weight[order[next]];
        ordered += of_1 * (below + 0.5 * of_0);
        below += of_0;
        up += of_1;
        first = next;
    }
    return ordered / (below * up);
}

}  // namespace

Scorer::Scorer(const std::string& name, const std::string& family) : name_(name) {
    const std::size_t at = find(families, family), kind = find(kinds, name);
    if (at == families.size() || kind == kinds.size() ||
        known[at].find(kinds[kind]) == std::string_view::npos)
        throw std::invalid_argument("the family '" + family + "' has no scoring '" + name + "'");
    family_ = static_cast<Family>(at);
    kind_ = static_cast<Kind>(kind);
    if (family_ == Family::gaussian && kind_ == Kind::deviance) kind_ = Kind::mse;
}

bool Scorer::greater_is_better() const {
    return kind_ == Kind::r2 || kind_ == Kind::auc || kind_ == Kind::accuracy;
}

bool Scorer::has_score(const Vector& y, const Vector& weight) const {
    return (kind_ != Kind::r2 && kind_ != Kind::auc) || variance(y, weight) > 0.0;
}

Vector Scorer::scores(const Matrix& eta, const Vector& y, const Vector& weight) const {
    Vector out = Vector::Zero(eta.cols());
    if (!(weight.sum() > 0.0)) return out;
    for (Index k = 0; k < eta.cols(); ++k) out[k] = score(eta.col(k), y, weight);
    return out;
}

double Scorer::score(const Vector& eta, const Vector& y, const Vector& weight) const {
    const auto error = [&](Index i) {
        return (family_ == Family::poisson ? std::exp(eta[i]) : eta[i]) - y[i];
    };
    const auto squares = [&] {
        return weighted_mean(weight, [&](Index i) { return error(i) * error(i); });
    };
    const auto log_loss = [&] {
        return weighted_mean(weight,
                             [&](Index i) { return softplus((1.0 - 2.0 * y[i]) * eta[i]); });
    };
    switch (kind_) {
        case Kind::mse:
            return squares();
        case Kind::mae:
            return weighted_mean(weight, [&](Index i) { return std::abs(error(i)); });
        case Kind::r2:
            return 1.0 - squares() / variance(y, weight);
        case Kind::log_loss:
            return log_loss();
        case Kind::auc:
            return area_under_curve(eta, y, weight);
        case Kind::accuracy:
            return weighted_mean(
                weight, [&](Index i) { return (eta[i] > 0.0) == (y[i] > 0.5) ? 1.0 : 0.0; });
        default:
            break;
    }
    if (family_ == Family::binomial) return 2.0 * log_loss();
    return weighted_mean(weight, [&](Index i) { return poisson_deviance(y[i], eta[i]); });
}

}  // namespace fastreg
