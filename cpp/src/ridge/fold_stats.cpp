#include "fastreg/ridge/fold_stats.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "fastreg/design/gathered_rows.hpp"

namespace fastreg {

namespace {

// Rows that are gathered together.
constexpr std::size_t gathered_rows = 8192;
// Of a sum of squares, or of the weights, at least so much has to be left: no more than three of
// the sixteen digits are lost.
constexpr double least_rest = 1e-3;
// Mean squares about the mean, relative to the mean's square, whose differences lose too much.
constexpr double far_from_zero = 1e-12;

GramStats taken(std::optional<GramStats> stats) {
    if (!stats) throw Interruption();
    return std::move(*stats);
}

// Merging backwards: with d the distance of the part's means from those of the whole, what is
// between the part and the rest is (W₁ W / W₂) d dᵀ.
void subtract(GramStats& whole, const GramStats& part) {
    if (part.weight == 0.0) return;
    const double rest = whole.weight - part.weight;
    const double between = part.weight * (whole.weight / rest), shift = part.weight / rest;
    const Vector dx = part.x_mean - whole.x_mean, dy = part.y_mean - whole.y_mean;
    whole.gram -= part.gram;
    whole.gram.noalias() -= (between * dx) * dx.transpose();
    whole.xty -= part.xty + (between * dx) * dy.transpose();
    whole.yty -= part.yty + between * dy.cwiseAbs2();
    whole.x_mean -= shift * dx;
    whole.y_mean -= shift * dy;
    whole.weight = rest;
    whole.rows -= part.rows;
}

bool too_little(const Eigen::Ref<const Vector>& rest, const Eigen::Ref<const Vector>& whole) {
    return ((rest.array() < least_rest * whole.array()) && (whole.array() > 0.0)).any() ||
           !rest.allFinite();
}

}  // namespace

FoldStats::FoldStats(const Design& X, const ConstMatrixRef& Y, const Vector& weight,
                     const Control& control)
    : X_(X), Y_(Y), weight_(weight), control_(control), all_(of_weighted(weight)) {}

GramStats FoldStats::of(const std::vector<Index>& train, const Vector& weight) const {
    const std::size_t n = static_cast<std::size_t>(X_.rows());
    if (2 * train.size() < n)
        return train.size() <= gathered_rows ? of_rows(train) : of_weighted(weight);
    std::vector<bool> trained(n, false);
    for (const Index row : train) trained[static_cast<std::size_t>(row)] = true;
    std::vector<Index> left;
    for (std::size_t row = 0; row < n; ++row)
        if (!trained[row]) left.push_back(static_cast<Index>(row));
    GramStats rest = all_;
    const std::span<const Index> rows(left);
    for (std::size_t first = 0; first < rows.size(); first += gathered_rows) {
        const auto block = rows.subspan(first, std::min(gathered_rows, rows.size() - first));
        subtract(rest, of_rows({block.begin(), block.end()}));
        if (!(rest.weight > 0.0)) break;
    }
    return cancels(rest) ? of_weighted(weight) : rest;
}

GramStats FoldStats::of_rows(const std::vector<Index>& rows) const {
    const GatheredRows part(*X_.dense_view(), rows);
    const Matrix targets = Y_(rows, Eigen::all);
    return taken(gram_stats(part.design(), targets, weight_(rows), control_));
}

GramStats FoldStats::of_weighted(const Vector& weight) const {
    return taken(gram_stats(X_, Y_, weight, control_));
}

bool FoldStats::cancels(const GramStats& rest) const {
    const Vector squares = all_.gram.diagonal();
    const auto mean_square = all_.weight * all_.x_mean.array().square();
    return !(rest.weight >= least_rest * all_.weight) ||
           too_little(rest.gram.diagonal(), squares) || too_little(rest.yty, all_.yty) ||
           ((squares.array() > 0.0) && (squares.array() < far_from_zero * mean_square)).any();
}

}  // namespace fastreg
