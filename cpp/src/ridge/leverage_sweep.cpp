#include "fastreg/ridge/leverage_sweep.hpp"

#include "fastreg/core/simd.hpp"

namespace fastreg {

namespace {

using Packet = PacketOf<double>;

constexpr Index lanes = lanes_of<double>;
// Packets of rows that go side by side, so that none waits for its last step.
constexpr Index side_by_side = 4;

// `count` steps for N packets of rows.
template <std::size_t N>
void step_rows(const double* w, Index stride, Index count, const double* minus_lower,
               const double* inverse_pivot, double* last, double* squares) {
    Packet u[N], sum[N];
    for (std::size_t r = 0; r < N; ++r) {
        u[r] = simd::ploadu<Packet>(last + static_cast<Index>(r) * lanes);
        sum[r] = simd::ploadu<Packet>(squares + static_cast<Index>(r) * lanes);
    }
    for (Index k = 0; k < count; ++k, w += stride) {
        const Packet l = simd::pset1<Packet>(minus_lower[k]);
        const Packet d = simd::pset1<Packet>(inverse_pivot[k]);
        for (std::size_t r = 0; r < N; ++r) {
            u[r] = simd::pmadd(l, u[r], simd::ploadu<Packet>(w + static_cast<Index>(r) * lanes));
            sum[r] = simd::pmadd(simd::pmul(u[r], u[r]), d, sum[r]);
        }
    }
    for (std::size_t r = 0; r < N; ++r) {
        simd::pstoreu(last + static_cast<Index>(r) * lanes, u[r]);
        simd::pstoreu(squares + static_cast<Index>(r) * lanes, sum[r]);
    }
}

void step_row(const double* w, Index stride, Index count, const double* minus_lower,
              const double* inverse_pivot, double& last, double& squares) {
    for (Index k = 0; k < count; ++k) {
        last = w[k * stride] + minus_lower[k] * last;
        squares += last * last * inverse_pivot[k];
    }
}

}  // namespace

LeverageSweep::LeverageSweep(const Matrix& band, std::span<const double> alphas,
                             const Matrix& right)
    : right_(right),
      minus_lower_(band.cols(), static_cast<Index>(alphas.size())),
      inverse_pivot_(band.cols(), minus_lower_.cols()) {
    const Index s = band.cols();
    for (Index a = 0; a < minus_lower_.cols() && s > 0; ++a) {
        const BandFactor& factor = factors_.emplace_back(band, alphas[static_cast<std::size_t>(a)]);
        minus_lower_(0, a) = 0.0;
        minus_lower_.col(a).tail(s - 1) = -factor.lower().row(0).head(s - 1);
        inverse_pivot_.col(a) = factor.pivots().cwiseInverse();
    }
}

LeverageSweep::Rows LeverageSweep::start(Index rows, Index first, Index count) const {
    return {.first = first,
            .last = Matrix::Zero(rows, count),
            .squares = Matrix::Zero(rows, count),
            .products = Matrix::Zero(rows, count * right_.cols())};
}

Matrix LeverageSweep::solutions(Index first, Index count) const {
    const Index targets = right_.cols();
    Matrix all = right_.replicate(1, count);
    for (Index a = 0; a < count && all.rows() > 0; ++a)
        factors_[static_cast<std::size_t>(first + a)].solve_in_place(
            all.middleCols(a * targets, targets));
    return all;
}

void LeverageSweep::advance(const ConstMatrixRef& W, Index column, const Matrix& solutions,
                            Rows& rows) const {
    if (W.cols() == 0) return;
    const Index n = W.rows(), stride = W.outerStride();
    for (Index i = 0, step = 0; i < n; i += step) {
        step = i + side_by_side * lanes <= n ? side_by_side * lanes : i + lanes <= n ? lanes : 1;
        for (Index a = 0; a < rows.last.cols(); ++a) {
            const double* lower = &minus_lower_(column, rows.first + a);
            const double* pivot = &inverse_pivot_(column, rows.first + a);
            double& last = rows.last(i, a);
            double& squares = rows.squares(i, a);
            if (step == 1)
                step_row(W.data() + i, stride, W.cols(), lower, pivot, last, squares);
            else if (step == lanes)
                step_rows<1>(W.data() + i, stride, W.cols(), lower, pivot, &last, &squares);
            else
                step_rows<side_by_side>(W.data() + i, stride, W.cols(), lower, pivot, &last,
                                        &squares);
        }
    }
    rows.products.noalias() += W * solutions.middleRows(column, W.cols());
}

}  // namespace fastreg
