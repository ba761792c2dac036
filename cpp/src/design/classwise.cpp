#include "fastreg/design/classwise.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace fastreg {

namespace {

using Stacked = Eigen::Map<const Matrix>;

}  // namespace

ClasswiseDesign::ClasswiseDesign(const StandardizedDesign& X, Index n_classes)
    : X_(X), n_classes_(n_classes), used_(X), position_(static_cast<std::size_t>(X.cols()), -1) {}

// Conjugate gradients ask for the same columns again and again.
void ClasswiseDesign::sort_entries(Features J) const {
    if (std::equal(J.begin(), J.end(), last_.begin(), last_.end())) return;
    last_.assign(J.begin(), J.end());
    std::vector<Index> fresh;
    for (Index j : J) {
        Index& position = position_[static_cast<std::size_t>(j % X_.cols())];
        if (position >= 0) continue;
        position = used_.size() + static_cast<Index>(fresh.size());
        fresh.push_back(j % X_.cols());
    }
    used_.add(fresh);
    places_.resize(J.size());
    std::iota(places_.begin(), places_.end(), Index{0});
    const auto feature = [&](Index place) {
        return J[static_cast<std::size_t>(place)] % X_.cols();
    };
    std::stable_sort(places_.begin(), places_.end(),
                     [&](Index a, Index b) { return feature(a) < feature(b); });
    sorted_.clear();
    for (Index place : places_)
        sorted_.push_back({.position = position_[static_cast<std::size_t>(feature(place))],
                           .label = J[static_cast<std::size_t>(place)] / X_.cols()});
}

template <class Visit>
void ClasswiseDesign::for_each_class(Features J, Visit visit) const {
    std::vector<std::vector<Index>> places(static_cast<std::size_t>(n_classes_)), features(places);
    for (std::size_t i = 0; i < J.size(); ++i) {
        const auto k = static_cast<std::size_t>(J[i] / X_.cols());
        places[k].push_back(static_cast<Index>(i));
        features[k].push_back(J[i] % X_.cols());
    }
    for (std::size_t k = 0; k < places.size(); ++k)
        if (!places[k].empty()) visit(static_cast<Index>(k), places[k], features[k]);
}

void ClasswiseDesign::matvec(const ConstMatrixRef& B, MatrixRef out) const {
    for (Index c = 0; c < B.cols(); ++c)
        X_.matvec(Stacked(B.col(c).data(), X_.cols(), n_classes_),
                  Eigen::Map<Matrix>(out.col(c).data(), X_.rows(), n_classes_));
}

void ClasswiseDesign::transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const {
    for (Index c = 0; c < R.cols(); ++c)
        X_.transpose_matvec(Stacked(R.col(c).data(), X_.rows(), n_classes_),
                            Eigen::Map<Matrix>(out.col(c).data(), X_.cols(), n_classes_));
}

void ClasswiseDesign::add_matvec(Features J, const ConstVectorRef& b, VectorRef out) const {
    const Index n = X_.rows();
    if (!X_.sparse()) {
        sort_entries(J);
        for (std::size_t e = 0; e < sorted_.size(); ++e) sorted_[e].step = b[places_[e]];
        used_.add_columns(sorted_, Eigen::Map<Matrix>(out.data(), n, n_classes_));
        return;
    }
    for_each_class(J, [&](Index k, const auto& places, const auto& features) {
        X_.add_matvec(features, b(places), out.segment(k * n, n));
    });
}

void ClasswiseDesign::transpose_matvec_columns(Features J, const ConstMatrixRef& R,
                                               MatrixRef out) const {
    const Index n = X_.rows();
    if (!X_.sparse() && R.cols() == 1) {
        sort_entries(J);
        Vector products(static_cast<Index>(J.size()));
        used_.correlate(sorted_, Stacked(R.data(), n, n_classes_), products);
        for (std::size_t e = 0; e < places_.size(); ++e)
            out(places_[e], 0) = products[static_cast<Index>(e)];
        return;
    }
    for_each_class(J, [&](Index k, const auto& places, const auto& features) {
        Matrix part(static_cast<Index>(features.size()), R.cols());
        X_.transpose_matvec_columns(features, R.middleRows(k * n, n), part);
        for (std::size_t e = 0; e < places.size(); ++e)
            out.row(places[e]) = part.row(static_cast<Index>(e));
    });
}

void ClasswiseDesign::columns(Features J, MatrixRef out) const {
    const Index n = X_.rows();
    out.setZero();
    for_each_class(J, [&](Index k, const auto& places, const auto& features) {
        Matrix part(n, static_cast<Index>(features.size()));
        X_.columns(features, part);
        for (std::size_t e = 0; e < places.size(); ++e)
            out.col(places[e]).segment(k * n, n) = part.col(static_cast<Index>(e));
    });
}

void ClasswiseDesign::sandwich(const ConstVectorRef& weights, Features J,
                               const ConstVectorRef& center, MatrixRef out) const {
    Matrix block(rows(), static_cast<Index>(J.size()));
    columns(J, block);
    if (center.size()) block.rowwise() -= center.transpose();
    if (weights.size()) block.array().colwise() *= weights.array().sqrt();
    out.noalias() = block.transpose() * block;
}

// About zero: blocks are centred already.
ColumnMoments ClasswiseDesign::column_moments(const ConstVectorRef&) const {
    const Vector square = X_.mean_square() / static_cast<double>(n_classes_);
    Vector variance(cols());
    for (Index k = 0; k < n_classes_; ++k)
        for (Index j = 0; j < X_.cols(); ++j)
            variance[k * X_.cols() + j] = X_.excluded(j) ? 0.0 : square[j];
    return {Vector::Zero(cols()), std::move(variance)};
}

}  // namespace fastreg
