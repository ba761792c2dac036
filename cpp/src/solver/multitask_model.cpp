#include "fastreg/solver/multitask_model.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fastreg {

namespace {

// The Gram matrix is kept up to so many features for every row: beyond that products with the data cost
// less. Of the second size it is kept in any case, and beyond the third it takes too much memory.
constexpr Index gram_rows = 2;
constexpr Index small_gram = 256, largest_gram = 8192;
// Moves of a block that are made one by one, others together.
constexpr std::size_t few_moved = 4;
// Correlations that can't be told from zero, relative to the norms in them.
constexpr double rounding = 1e-13;

}  // namespace

MultitaskModel::MultitaskModel(const StandardizedDesign& X, Matrix Y)
    : coef(0, Y.cols()),
      gradient(0, Y.cols()),
      X_(X),
      working_set_(X),
      Y_(std::move(Y)),
      residual_(Y_),
      linear_(0, Y_.cols()),
      constant_(Y_.squaredNorm() / static_cast<double>(X.rows())),
      exact_square_(constant_) {}

void MultitaskModel::reserve(Index size) {
    const Index old = coef.rows();
    if (size <= old) return;
    const Index capacity = std::min(std::max<Index>(2 * size, 16), X_.cols());
    for (Matrix* each : {&coef, &gradient, &linear_}) {
        each->conservativeResize(capacity, Eigen::NoChange);
        each->bottomRows(capacity - old).setZero();
    }
    curvature_.conservativeResize(capacity);
    if (by_gram_)
        gram_.conservativeResize(capacity, capacity);
    else
        block_grams_.conservativeResize(block_size, capacity);
}

void MultitaskModel::add(Features features) {
    const Index old = size(), added = static_cast<Index>(features.size());
    if (added == 0) return;
    const Index limit = std::min(std::max(gram_rows * X_.rows(), small_gram), largest_gram);
    const bool grows_out = by_gram_ && old + added > limit;
    if (grows_out) {
        // The residual follows from here on.
        by_gram_ = false;
        gram_.resize(0, 0);
        block_grams_.resize(block_size, coef.rows());
        refresh();
    }
    reserve(old + added);
    working_set_.add(features);
    for (Index i = old; i < size(); ++i) {
        all_.push_back(i);
        curvature_[i] = X_.mean_square()[working_set_.feature(i)];
    }
    if (by_gram_)
        extend_gram(old);
    else
        extend_block_grams(grows_out ? 0 : old);
}

void MultitaskModel::extend_gram(Index old) {
    const Index added = size() - old;
    const Features fresh = Features(all_).subspan(static_cast<std::size_t>(old));
    working_set_.cross(all_, fresh, gram_.block(0, old, size(), added));
    gram_.block(old, 0, added, old) = gram_.block(0, old, old, added).transpose();
    linear_.middleRows(old, added) = correlate(fresh, Y_);
    gradient.middleRows(old, added) =
        linear_.middleRows(old, added) - gram_.block(old, 0, added, old) * coef.topRows(old);
}

void MultitaskModel::extend_block_grams(Index old) {
    for (Index first = old - old % block_size; first < size(); first += block_size) {
        const Index count = std::min(block_size, size() - first);
        const Features block = Features(all_).subspan(static_cast<std::size_t>(first),
                                                      static_cast<std::size_t>(count));
        working_set_.cross(block, block, block_grams_.block(0, first, count, count));
    }
}

std::vector<ClassEntry> MultitaskModel::entries(Features positions) const {
    std::vector<ClassEntry> entries;
    entries.reserve(positions.size() * static_cast<std::size_t>(n_targets()));
    for (Index i : positions)
        for (Index k = 0; k < n_targets(); ++k) entries.push_back({.position = i, .label = k});
    return entries;
}

// out += X_A D
void MultitaskModel::add_image(Features A, const Matrix& D, Matrix& out) const {
    std::vector<Index> moved, rows;
    for (Index r = 0; r < D.rows(); ++r) {
        if (D.row(r).isZero(0.0)) continue;
        rows.push_back(r);
        moved.push_back(A[static_cast<std::size_t>(r)]);
    }
    if (moved.size() < A.size())
        add_image_of_all(moved, D(rows, Eigen::all), out);
    else
        add_image_of_all(A, D, out);
}

void MultitaskModel::add_image_of_all(Features A, const Matrix& D, Matrix& out) const {
    if (A.empty()) return;
    if (X_.sparse()) {
        std::vector<Index> features;
        for (Index i : A) features.push_back(working_set_.feature(i));
        for (Index k = 0; k < n_targets(); ++k) X_.add_matvec(features, D.col(k), out.col(k));
        return;
    }
    std::vector<ClassEntry> terms = entries(A);
    for (std::size_t e = 0; e < terms.size(); ++e)
        terms[e].step = D(static_cast<Index>(e) / n_targets(), terms[e].label);
    working_set_.add_columns(terms, out);
}

// X_Aᵀ R / n
Matrix MultitaskModel::correlate(Features positions, const Matrix& R) const {
    const auto count = static_cast<Index>(positions.size());
    Matrix out(count, n_targets());
    if (X_.sparse()) {
        std::vector<Index> features;
        for (Index i : positions) features.push_back(working_set_.feature(i));
        X_.transpose_matvec_columns(features, R, out);
    } else {
        Vector products(count * n_targets());
        working_set_.correlate(entries(positions), R, products);
        out = products.reshaped(n_targets(), count).transpose();
    }
    return out / static_cast<double>(X_.rows());
}

void MultitaskModel::refresh() {
    residual_ = Y_;
    std::vector<Index> support;
    for (Index i = 0; i < size(); ++i)
        if (!coef.row(i).isZero(0.0)) support.push_back(i);
    add_image(support, -coef(support, Eigen::all), residual_);
    exact_square_ = residual_.squaredNorm() / static_cast<double>(X_.rows());
}

void MultitaskModel::take_gradient(const Matrix& correlation) {
    for (Index i = 0; i < size(); ++i) gradient.row(i) = correlation.row(working_set_.feature(i));
}

MultitaskModel::Block MultitaskModel::block(Index k) const {
    Block out;
    out.first = k * block_size;
    out.count = std::min(block_size, size() - out.first);
    if (by_gram_)
        out.gradient = gradient.middleRows(out.first, out.count);
    else
        out.gradient = correlate(positions(out), residual_);
    return out;
}

Features MultitaskModel::positions(const Block& block) const {
    return Features(all_).subspan(static_cast<std::size_t>(block.first),
                                  static_cast<std::size_t>(block.count));
}

void MultitaskModel::move(const Block& block, const Matrix& D) {
    coef.middleRows(block.first, block.count) += D;
    if (!by_gram_) {
        add_image(positions(block), -D, residual_);
        return;
    }
    std::vector<Index> moved;
    for (Index r = 0; r < block.count; ++r)
        if (!D.row(r).isZero(0.0)) moved.push_back(r);
    auto rows = gradient.topRows(size());
    const auto columns = gram_.block(0, block.first, size(), block.count);
    if (moved.size() > few_moved)
        rows.noalias() -= columns * D;
    else
        for (Index r : moved) rows.noalias() -= columns.col(r) * D.row(r);
}

void MultitaskModel::update_gradient() {
    if (!by_gram_) gradient.topRows(size()) = correlate(all_, residual_);
}

double MultitaskModel::residual_square() const {
    if (!by_gram_) return residual_.squaredNorm() / static_cast<double>(X_.rows());
    const auto B = coef.topRows(size());
    const auto sum = linear_.topRows(size()) + gradient.topRows(size());
    return std::max(0.0, constant_ - B.cwiseProduct(sum).sum());
}

MultitaskModel::Image MultitaskModel::image(Features A, const Matrix& D) const {
    Image out;
    if (by_gram_) {
        out.products =
            gram_.topRows(size())(Eigen::all, std::vector<Index>(A.begin(), A.end())) * D;
        return out;
    }
    out.rows.setZero(X_.rows(), n_targets());
    add_image(A, D, out.rows);
    out.products = correlate(all_, out.rows);
    return out;
}

void MultitaskModel::move(Features A, const Matrix& D, const Image& image, double share) {
    for (std::size_t a = 0; a < A.size(); ++a)
        coef.row(A[a]) += share * D.row(static_cast<Index>(a));
    gradient.topRows(size()) -= share * image.products;
    if (!by_gram_) residual_ -= share * image.rows;
}

Matrix MultitaskModel::gram(Features A) const {
    const std::vector<Index> positions(A.begin(), A.end());
    if (by_gram_) return gram_(positions, positions);
    Matrix out(static_cast<Index>(A.size()), static_cast<Index>(A.size()));
    working_set_.cross(A, A, out);
    return out;
}

Matrix MultitaskModel::multiply(Features A, const Matrix& D) const {
    Matrix rows = Matrix::Zero(X_.rows(), n_targets());
    add_image(A, D, rows);
    return correlate(A, rows);
}

// The members without a penalty, and in the order of the factor the step that brings their gradient to
// zero. Those whose columns depend on others stay where they are.
Matrix MultitaskModel::free_step(std::vector<Index>& free, CholeskyFactor& factor) const {
    for (Index i = 0; i < size(); ++i)
        if (h(i).none()) free.push_back(i);
    const Matrix own = gram(free);
    factor.append(free, Matrix(0, own.rows()), own, own.diagonal());
    Matrix step = gradient(factor.members(), Eigen::all);
    for (Index k = 0; k < n_targets(); ++k) factor.solve(step.col(k));
    return step;
}

void MultitaskModel::fit_free() {
    if (std::none_of(penalty.begin(), penalty.end(), [](const auto& h) { return h.none(); }))
        return;
    std::vector<Index> free;
    CholeskyFactor factor;
    const Matrix step = free_step(free, factor);
    move(factor.members(), step, image(factor.members(), step), 1.0);
}

// Projects the residual off the features without a penalty, to whose columns it is orthogonal but for
// what is left to gain: `correlation` (targets × members) becomes that of what is left. Returns the
// mean square of what was taken away.
double MultitaskModel::project_off(Matrix& correlation) const {
    if (std::none_of(penalty.begin(), penalty.end(), [](const auto& h) { return h.none(); }))
        return 0.0;
    std::vector<Index> free;
    CholeskyFactor factor;
    const Matrix step = free_step(free, factor);
    correlation -= image(factor.members(), step).products.transpose();
    // Columns that depend on others of them are orthogonal, too.
    for (Index i : free) {
        const double norm = correlation.col(i).norm();
        if (factor.contains(i) || norm <= rounding * std::sqrt(constant_ * curvature(i)))
            correlation.col(i).setZero();
    }
    return std::max(0.0, gradient(factor.members(), Eigen::all).cwiseProduct(step).sum());
}

double MultitaskModel::gap(double square, const Others& others) const {
    const Index added = others.correlation.cols();
    Matrix correlation = gradient.topRows(size()).transpose();
    const double off = project_off(correlation);
    Matrix B = Matrix::Zero(n_targets(), size() + added), U(n_targets(), size() + added);
    B.leftCols(size()) = coef.topRows(size()).transpose();
    U.leftCols(size()) = correlation;
    std::vector<GroupPenalty> all = penalty;
    for (Index j = 0; j < added; ++j) {
        const auto at = static_cast<std::size_t>(j);
        all.push_back(others.penalty[at]);
        // What the projection changes is bounded.
        const double norm = others.correlation.col(j).norm();
        const double change = std::sqrt(off * others.mean_square[at]);
        U.col(size() + j) = others.correlation.col(j);
        if (change > 0.0 && norm > 0.0) U.col(size() + j) *= 1.0 + change / norm;
    }
    const double left = std::max(0.0, square - off);
    return group_gap(B, U, all,
                     [&](double s) { return 0.5 * off + 0.5 * (1.0 - s) * (1.0 - s) * left; });
}

}  // namespace fastreg
