#include "fastreg/ridge/leave_one_out.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "fastreg/core/control.hpp"
#include "fastreg/ridge/leverage_sweep.hpp"
#include "fastreg/ridge/rotated_rows.hpp"
#include "fastreg/ridge/singular_values.hpp"

namespace fastreg {

namespace {

// Rounding errors of leverages, relative to their sum, above which singular values give them.
constexpr double accepted_rounding = 1e-10;
// 1 − h_i, or what is left of it after a difference, has too few digits below this.
constexpr double least_difference = 1e-7;
// A sum of as small a part of the largest term that it could have is a rounding error.
constexpr double least_part = 1e-14;
// Numbers in solutions that are kept at a time, and in what is known of all rows at a time.
constexpr Index most_numbers = 16'000'000;
// Columns of Z Q that are made at a time without rows of X.
constexpr Index most_columns = 64;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

class Scores {
public:
    Scores(const LeftOutRows& data, const Vector& alphas)
        : data_(data), root_weight_(data.Z.standardized().root_weight()) {
        const Index m = data.projected.cols(), k = alphas.size();
        n_ = static_cast<double>(data.Z.rows());
        weighted_ =
            root_weight_.size() ? static_cast<double>((root_weight_.array() > 0.0).count()) : n_;
        scores_.loo = scores_.gcv = Matrix::Zero(m, k);
        scores_.df.resize(k);
        rest_ = Vector::Zero(k);
        resolved_.assign(static_cast<std::size_t>(k), 0);
        if (data.predictions) scores_.predictions.resize(k * m, data.Z.rows());
    }

    bool counts(Index i) const { return root_weight_.size() == 0 || root_weight_[i] > 0.0; }

    // e_i and 1 − h_i of a row, both up to one factor of the strength. The latter is a rounding error
    // unless it is larger than `least`.
    template <class Residual>
    void add(Index row, Index strength, const Residual& residual, double rest, double least) {
        if (!counts(row)) return;
        const bool resolved = rest > least;
        rest_[strength] += std::max(0.0, rest);
        if (resolved)
            ++resolved_[static_cast<std::size_t>(strength)];
        else
            scores_.unresolved[row].push_back(strength);
        const Index m = scores_.loo.rows();
        for (Index t = 0; t < m; ++t) {
            scores_.gcv(t, strength) += residual(t) * residual(t);
            if (!resolved) continue;
            const double error = residual(t) / rest;
            scores_.loo(t, strength) += error * error;
            if (!data_.predictions) continue;
            const double root = root_weight_.size() ? root_weight_[row] : 1.0;
            scores_.predictions(strength * m + t, row) = data_.Y(row, t) - error / root;
        }
    }

    void set_df(Index strength, double df) { scores_.df[strength] = df; }

    RidgeScores finish() {
        scores_.loo /= n_;
        for (Index a = 0; a < rest_.size(); ++a) {
            const double mean = rest_[a] / weighted_;
            scores_.gcv.col(a) /= n_ * mean * mean;
            if (resolved_[static_cast<std::size_t>(a)] == 0)
                scores_.gcv.col(a).setConstant(not_a_number);
        }
        return std::move(scores_);
    }

private:
    const LeftOutRows& data_;
    const Vector& root_weight_;
    double n_, weighted_;
    Vector rest_;                  // Σ (1 − h_i)
    std::vector<Index> resolved_;  // how many rows have been, by strength
    RidgeScores scores_;
};

// ‖part of each row in the directions without a penalty‖²
Vector free_squares(const RidgeDesign& Z) {
    const Vector& unit = Z.standardized().null_row_space();
    Vector squares = Vector::Zero(Z.rows());
    if (unit.size()) squares = unit.cwiseAbs2();
    if (Z.projected()) squares += Z.basis().rowwise().squaredNorm();
    return squares;
}

// Strengths for which the tridiagonal form gives leverages to all digits that matter. With errors of
// ε ‖K‖ in K, those of Σ h_i are ε ‖K‖ tr(K (K + alpha I)⁻²).
std::vector<Index> accurate_strengths(const SpectralForm& form, const Vector& alphas,
                                      Scores& scores) {
    constexpr double step = 1e-3;
    std::vector<Index> accurate;
    const Matrix& band = form.reduction().band();
    for (Index a = 0; a < alphas.size(); ++a) {
        const double alpha = alphas[a];
        const BandFactor factor(band, alpha), next(band, alpha * (1.0 + step));
        if (!factor.positive() || !next.positive()) continue;
        const double inverse_trace = factor.inverse_diagonal().sum();
        // tr(K (K + alpha I)⁻²) from the derivative of the degrees of freedom
        const double df = form.degrees_of_freedom(alpha, factor);
        const double slope =
            alpha > 0.0
                ? (df - form.degrees_of_freedom(alpha * (1.0 + step), next)) / (alpha * step)
                : inverse_trace;
        const double rounding = epsilon * form.norm();
        // Beyond first order, eigenvalues that are 0 must not be near −alpha by rounding.
        const bool resolved = alpha > 0.0 ? rounding * rounding * 1e4 < alpha * alpha : true;
        if (!resolved || !(rounding * slope <= accepted_rounding * std::max(1.0, df))) continue;
        scores.set_df(a, df);
        accurate.push_back(a);
    }
    return accurate;
}

class TridiagonalScores {
public:
    TridiagonalScores(const SpectralForm& form, const LeftOutRows& data, const Vector& alphas,
                      const std::vector<Index>& chosen, Scores& scores)
        : form_(form),
          data_(data),
          alphas_(alphas(chosen)),
          chosen_(chosen),
          scores_(scores),
          free_(free_squares(data.Z)),
          n_(static_cast<double>(data.Z.rows())),
          sweep_(form.reduction().band(), std::span(alphas_.data(), chosen.size()),
                 form.rotated()) {}

    void add_all(const std::function<bool()>& interrupted) {
        const Matrix Q = form_.reduction().rotation();
        if (form_.form() == NormalForm::dual) return add_dual(Q, interrupted);
        RotatedRows rotated(data_.Z, Q);
        if (rotated.has_rows())
            add_by_rows(rotated, interrupted);
        else
            add_by_columns(Q, interrupted);
    }

private:
    Index together(Index limit) const {
        return std::clamp<Index>(limit / std::max<Index>(1, data_.projected.cols()), 1,
                                 std::max<Index>(1, sweep_.strengths()));
    }

    // Calls work(first, count) for strengths that are taken together.
    template <class Work>
    void for_groups(Index size, Work work) const {
        for (Index first = 0; first < sweep_.strengths(); first += size)
            work(first, std::min(size, sweep_.strengths() - first));
    }

    void add_by_rows(RotatedRows& rotated, const std::function<bool()>& interrupted) {
        const Index rows = data_.Z.rows(),
                    group = together(most_numbers / std::max<Index>(1, data_.Z.cols()));
        Matrix solutions;
        Index solved = -1;  // the first strength of solutions; with one group it stays
        for (Index first = 0; first < rows; first += rotated.block_rows()) {
            if (interrupted()) throw Interruption();
            const Index count = std::min(rotated.block_rows(), rows - first);
            const ConstMatrixRef W = rotated.rows(first, count);
            for_groups(group, [&](Index a, Index strengths) {
                if (solved != a) solutions = sweep_.solutions(a, strengths);
                solved = a;
                auto state = sweep_.start(count, a, strengths);
                sweep_.advance(W, 0, solutions, state);
                add(state, first);
            });
        }
    }

    void add_by_columns(const Matrix& Q, const std::function<bool()>& interrupted) {
        const Index rows = data_.Z.rows();
        const Index length = data_.Z.block_columns(most_columns);
        Matrix W(rows, length);
        for_groups(together(most_numbers / rows), [&](Index a, Index strengths) {
            const Matrix solutions = sweep_.solutions(a, strengths);
            auto state = sweep_.start(rows, a, strengths);
            for (Index k = 0; k < Q.cols(); k += length) {
                if (interrupted()) throw Interruption();
                const Index count = std::min(length, Q.cols() - k);
                data_.Z.matvec(Q.middleCols(k, count), W.leftCols(count));
                sweep_.advance(W.leftCols(count), k, solutions, state);
            }
            add(state, 0);
        });
    }

    void add_dual(const Matrix& Q, const std::function<bool()>& interrupted) {
        for_groups(together(most_numbers / Q.rows()), [&](Index a, Index strengths) {
            if (interrupted()) throw Interruption();
            auto state = sweep_.start(Q.rows(), a, strengths);
            sweep_.advance(Q, 0, sweep_.solutions(a, strengths), state);
            add(state, 0);
        });
    }

    // Scores of the rows from `row` on.
    void add(const LeverageSweep::Rows& state, Index row) {
        const Index m = data_.projected.cols();
        const bool dual = form_.form() == NormalForm::dual;
        for (Index a = 0; a < state.last.cols(); ++a) {
            const Index place = state.first + a;
            const Index strength = chosen_[static_cast<std::size_t>(place)];
            for (Index i = 0; i < state.last.rows(); ++i) {
                const double square = state.squares(i, a), free = free_[row + i];
                const auto product = state.products.row(i).segment(a * m, m);
                if (dual) {
                    // The directions that ZZᵀ was filled with are no part of it.
                    const double rest = square - free / (form_.filled() + alphas_[place]);
                    scores_.add(
                        row + i, strength, [&](Index t) { return n_ * product[t]; }, rest,
                        least_difference * square);
                } else {
                    const auto residual = [&](Index t) {
                        return data_.projected(row + i, t) - product[t];
                    };
                    scores_.add(row + i, strength, residual, 1.0 - free - square / n_,
                                least_difference);
                }
            }
        }
    }

    const SpectralForm& form_;
    const LeftOutRows& data_;
    Vector alphas_;
    const std::vector<Index>& chosen_;
    Scores& scores_;
    Vector free_;
    double n_;
    LeverageSweep sweep_;
};

// From the singular values of Z: e = y⊥ + Σ (alpha / (s² + alpha)) U Uᵀy, and 1 − h likewise. Where
// the columns of Z and the directions without a penalty span everything, alpha is a common factor,
// and is left out: the limit of interpolation.
void add_from_singular_values(const LeftOutRows& data, double alpha, Index strength,
                              const SingularForm& svd, Scores& scores) {
    const RidgeDesign& Z = data.Z;
    const Index n = Z.rows();
    const double root_n = std::sqrt(static_cast<double>(n));
    const Index rank = (svd.values().array() > svd.cutoff()).count();
    const auto U = svd.left().leftCols(rank);
    const Vector free = free_squares(Z);
    Index counted = 0;
    for (Index i = 0; i < n; ++i) counted += scores.counts(i);
    const bool spanned = rank + Z.n_free() >= counted;
    const Vector square = svd.values().head(rank).cwiseAbs2();
    const Vector shrink = (spanned ? 1.0 : alpha) * (square.array() + alpha).inverse();
    const Matrix rotated = root_n * svd.rotated().topRows(rank);
    Matrix residual = U * (shrink.asDiagonal() * rotated);
    Vector rest = U.cwiseAbs2() * shrink;
    if (!spanned) {
        residual += data.projected - U * rotated;
        rest.array() += 1.0 - free.array() - U.rowwise().squaredNorm().array();
    }
    const double least = !spanned   ? least_difference
                         : rank > 0 ? least_part * shrink.maxCoeff()
                                    : 0.0;
    for (Index i = 0; i < n; ++i)
        scores.add(i, strength, [&](Index t) { return residual(i, t); }, rest[i], least);
    scores.set_df(strength, square.cwiseQuotient((square.array() + alpha).matrix()).sum() +
                                static_cast<double>(Z.n_free()));
}

}  // namespace

RidgeScores leave_one_out(const SpectralForm& form, const LeftOutRows& data, const Vector& alphas,
                          const std::function<bool()>& interrupted) {
    Scores scores(data, alphas);
    const std::vector<Index> accurate = accurate_strengths(form, alphas, scores);
    if (!accurate.empty())
        TridiagonalScores(form, data, alphas, accurate, scores).add_all(interrupted);
    std::optional<SingularForm> svd;
    for (Index a = 0; a < alphas.size(); ++a) {
        if (std::binary_search(accurate.begin(), accurate.end(), a)) continue;
        if (interrupted()) throw Interruption();
        if (!svd) svd.emplace(data.Z, data.projected);
        add_from_singular_values(data, alphas[a], a, *svd, scores);
    }
    return scores.finish();
}

}  // namespace fastreg
