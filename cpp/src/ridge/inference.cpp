#include "fastreg/ridge/inference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace fastreg {

namespace {

// Reciprocal condition numbers below this one cost more digits than errors are wanted with.
constexpr double inaccurate_rcond = 1e-7;
// Columns of Z that are solved for together.
constexpr Index columns_together = 256;
// Degrees of freedom that are left, by rows, below which they are rounding errors.
constexpr double none_left = 1e-13;

Vector column_dots(const Matrix& A, const Matrix& B) {
    return A.cwiseProduct(B).colwise().sum().transpose();
}

double count_rows(const RidgeProblem& problem) {
    const Index n = problem.X.rows();
    return static_cast<double>(
        problem.sample_weight.size() ? (problem.sample_weight.array() > 0.0).count() : n);
}

// ‖ỹ − X̃ b‖² / n from the data: the normal equations don't have its digits where the fit is close.
Matrix mean_squares(const RidgeData& data, Index strengths, const Matrix& coefs) {
    const Index targets = data.Y.count(), count = strengths * targets;
    Matrix fitted(data.X.rows(), count);
    data.X.matvec(coefs.leftCols(count), fitted);
    data.Z.count_passes(1);
    Matrix squares(targets, strengths);
    for (Index k = 0; k < count; ++k)
        squares(k % targets, k / targets) =
            (data.Y.standardized().col(k % targets) - fitted.col(k)).squaredNorm() /
            static_cast<double>(data.X.rows());
    return squares;
}

}  // namespace

RidgeInference::RidgeInference(const RidgeDesign& Z, const RidgeTargets& Y, NormalForm form,
                               const Matrix* matrix)
    : Z_(Z), Y_(Y), form_(form), matrix_(matrix), passed_on_(0, Z.cols()) {
    if (Z.projected()) passed_on_ = Z.from_basis() * Z.basis_product();
}

RidgeSpread RidgeInference::at(double alpha) {
    std::optional<EquilibratedCholesky> inverse;
    if (matrix_) inverse.emplace(*matrix_, alpha);
    const bool accurate = inverse && inverse->rcond() >= inaccurate_rcond;
    const Parts parts = !accurate                     ? singular(alpha)
                        : form_ == NormalForm::primal ? primal(*inverse)
                                                      : dual(*inverse);
    const StandardizedDesign& X = Z_.standardized();
    RidgeSpread spread{.df = parts.trace + static_cast<double>(Z_.n_free()),
                       .square = Vector::Zero(X.cols())};
    for (Index k = 0; k < Z_.cols(); ++k)
        spread.square[Z_.features()[static_cast<std::size_t>(k)]] =
            Z_.shrink()[k] * Z_.shrink()[k] * parts.own[k];
    // What the basis explains of y and what is left of y vary independently.
    for (Index k = 0; k < passed_on_.rows(); ++k)
        spread.square[Z_.unpenalised()[static_cast<std::size_t>(k)]] =
            static_cast<double>(Z_.rows()) * Z_.from_basis().row(k).squaredNorm() +
            parts.passed_on[k];
    return spread;
}

// M = (G + alpha I)⁻¹: the trace of MG, and the diagonal of MGM.
RidgeInference::Parts RidgeInference::primal(const EquilibratedCholesky& inverse) const {
    const Matrix& G = *matrix_;
    Matrix M = Matrix::Identity(G.rows(), G.cols());
    inverse.solve_in_place(M);
    const Matrix passed = M * passed_on_.transpose();
    Matrix product(G.rows(), G.cols());
    product.noalias() = G * M;
    return {.trace = product.trace(),
            .own = column_dots(M, product),
            .passed_on = column_dots(passed, G * passed)};
}

// A = (ZZᵀ/n + alpha I)⁻¹, as MZᵀ = ZᵀA: the same from the columns of AZ. Directions that were filled
// don't show, because Z is orthogonal to them.
RidgeInference::Parts RidgeInference::dual(const EquilibratedCholesky& inverse) const {
    const Index n = Z_.rows(), q = Z_.cols();
    const Index together = Z_.block_columns(columns_together);
    Matrix passed = Matrix::Zero(n, passed_on_.rows());
    Parts parts{.trace = 0.0, .own = Vector(q), .passed_on = {}};
    for (Index first = 0; first < q; first += together) {
        const Index count = std::min(together, q - first);
        Matrix columns(n, count);
        Z_.columns(first, columns);
        Matrix solved = columns;
        inverse.solve_in_place(solved);
        parts.trace += columns.cwiseProduct(solved).sum();
        parts.own.segment(first, count) = column_dots(solved, solved);
        passed.noalias() += solved * passed_on_.middleCols(first, count).transpose();
    }
    Z_.count_passes(1);
    parts.trace /= static_cast<double>(n);
    parts.own /= static_cast<double>(n);
    parts.passed_on = column_dots(passed, passed) / static_cast<double>(n);
    return parts;
}

RidgeInference::Parts RidgeInference::singular(double alpha) {
    if (!values_) values_.emplace(Z_, Y_.projected());
    const Vector inverse = values_->inverse_values(alpha);
    const Vector square = inverse.cwiseAbs2();
    return {.trace = inverse.dot(values_->values()),
            .own = values_->right().cwiseAbs2() * square,
            .passed_on = (passed_on_ * values_->right()).cwiseAbs2() * square};
}

void infer(const RidgeProblem& problem, const RidgeData& data, Index solved,
           RidgeInference& inference, const Control& control, RidgeResult& result) {
    const Index targets = data.Y.count();
    const double n = count_rows(problem);
    const Matrix mean_square = mean_squares(data, solved, result.coefs);
    result.sigma.resize(targets, solved);
    result.standard_errors.resize(data.X.cols(), solved * targets);
    std::map<double, RidgeSpread> spreads;
    for (Index k = 0; k < solved * targets; ++k) {
        const Index s = k / targets, t = k % targets;
        auto found = spreads.find(problem.alphas(s, t));
        if (found == spreads.end()) {
            if (!spreads.empty() && control.interrupted()) throw Interruption();
            const double alpha = problem.alphas(s, t);
            found = spreads.emplace(alpha, inference.at(alpha)).first;
        }
        const RidgeSpread& spread = found->second;
        const double left = n - spread.df;
        const double noise = left > none_left * n ? mean_square(t, s) / left
                                                  : std::numeric_limits<double>::quiet_NaN();
        result.df(t, s) = spread.df;
        result.sigma(t, s) = std::sqrt(n * noise);
        result.standard_errors.col(k) =
            (noise * spread.square).cwiseSqrt().cwiseProduct(data.X.inverse_scale());
    }
}

}  // namespace fastreg
